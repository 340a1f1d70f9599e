"""Inner products run on one thread of BLAS, and the caller has its threads back."""

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController, threadpool_limits

import impact as im
from impact.design.proposal import Assignment
from impact.threads import on_one_thread


def threads():
    return {library["num_threads"] for library in ThreadpoolController().select(user_api="blas").info()}


class Observed:
    """A strategy that notes on how many threads it ran."""

    def assign(self, units):
        self.threads = threads()
        return Assignment(weights=np.ones(len(units)))


def test_a_match_runs_on_one_thread_and_gives_the_others_back():
    frame = pd.DataFrame({"treated": [1, 0, 1, 0], "age": [30.0, 31.0, 50.0, 52.0]})
    strategy = Observed()
    with threadpool_limits(2):
        im.match(im.Sample(frame, "treated", ["age"]), strategy)
        assert threads() == {2}
    assert strategy.threads == {1}


def test_threads_are_given_back_after_an_error():
    @on_one_thread
    def failing():
        raise KeyError(str(threads()))

    with threadpool_limits(2):
        try:
            failing()
        except KeyError as problem:
            assert problem.args == ("{1}",)
        assert threads() == {2}
