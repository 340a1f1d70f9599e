# One R case on a CSV: Rscript peers.R case file repetitions. Prints JSON; {"absent": ...} where the package is not there.
arguments <- commandArgs(trailingOnly = TRUE)
case <- arguments[1]
repetitions <- as.integer(arguments[3])
absent <- function(reason) {
  cat(sprintf('{"absent": "%s"}\n', reason))
  quit(status = 0)
}
# Debian's MatchIt 4.5.1 silently ignores calipers: never a reference.
needed <- if (startsWith(case, "mahalanobis") && grepl("estimate", case)) "Matching" else "MatchIt"
if (!requireNamespace(needed, quietly = TRUE)) absent(paste("R package", needed, "is not installed"))
if (needed == "MatchIt" && packageVersion("MatchIt") < "4.7") absent("MatchIt is older than 4.7")
d <- read.csv(arguments[2])
x <- paste0("x", 1:8)
f <- as.formula(paste("treated ~", paste(x, collapse = " + ")))
run <- switch(case,
  score_replace = function() MatchIt::matchit(f, data = d, replace = TRUE),
  score_no_replace = function() MatchIt::matchit(f, data = d, caliper = 0.2),
  score_closest = function() MatchIt::matchit(f, data = d, caliper = 0.2, m.order = "closest"),
  mahalanobis_1 = function() MatchIt::matchit(f, data = d, distance = "mahalanobis", replace = TRUE),
  mahalanobis_1_estimate = function() Matching::Match(d$y, d$treated, d[x], M = 1, Weight = 2, BiasAdjust = TRUE),
  mahalanobis_4_estimate = function() Matching::Match(d$y, d$treated, d[x], M = 4, Weight = 2, BiasAdjust = TRUE),
  optimal = function() MatchIt::matchit(f, data = d, method = "optimal"),
  full = function() MatchIt::matchit(f, data = d, method = "full"),
  balance = {
    m <- MatchIt::matchit(f, data = d, replace = TRUE)
    function() summary(m)
  },
  absent("no such case")
)
seconds <- replicate(repetitions, system.time(run())[["elapsed"]])
cat(sprintf('{"seconds": %.6f, "version": "%s %s"}\n', min(seconds), needed, packageVersion(needed)))
