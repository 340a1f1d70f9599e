# One R case on a CSV: Rscript peers.R case file repetitions. Prints JSON; {"absent": ...} where the package is not there.
arguments <- commandArgs(trailingOnly = TRUE)
case <- arguments[1]
repetitions <- as.integer(arguments[3])
absent <- function(reason) {
  cat(sprintf('{"absent": "%s"}\n', reason))
  quit(status = 0)
}
# Debian's MatchIt 4.5.1 silently ignores calipers: never a reference.
needed <- "MatchIt"
if (grepl("^mahalanobis.*estimate$", case) || case == "resampled_1000_matching") needed <- "Matching"
if (case %in% c("resampled_1000", "resampled_1000_two_cores")) needed <- "stats" # by hand
if (!requireNamespace(needed, quietly = TRUE)) absent(paste("R package", needed, "is not installed"))
if (needed == "MatchIt" && packageVersion("MatchIt") < "4.7") absent("MatchIt is older than 4.7")
d <- read.csv(arguments[2])
x <- paste0("x", 1:8)
f <- as.formula(paste("treated ~", paste(x, collapse = " + ")))

# A thousand samples of clusters with replacement; one(rows) is the estimate on the rows drawn.
members <- split(seq_len(nrow(d)), d$cluster)
resampled <- function(one, cores = 1L) {
  draw <- function(number) {
    set.seed(number)
    one(unlist(members[sample.int(length(members), replace = TRUE)], use.names = FALSE))
  }
  if (cores == 1L) sd(vapply(1:1000, draw, numeric(1)))
  else sd(unlist(parallel::mclapply(1:1000, draw, mc.cores = cores)))
}
terms <- cbind(1, as.matrix(d[x]))
by_hand <- function(rows) {
  treated <- d$treated[rows] == 1
  y <- d$y[rows]
  score <- glm.fit(terms[rows, ], d$treated[rows], family = binomial())$fitted.values
  order_of_controls <- order(score[!treated])
  sorted <- score[!treated][order_of_controls]
  focal <- score[treated]
  below <- findInterval(focal, sorted)
  left <- pmax(below, 1L)
  right <- pmin(below + 1L, length(sorted))
  nearest <- ifelse(abs(focal - sorted[left]) <= abs(sorted[right] - focal), left, right)
  mean(y[treated] - y[!treated][order_of_controls][nearest])
}
by_matchit <- function(rows) {
  b <- d[rows, ]
  rownames(b) <- NULL
  w <- MatchIt::matchit(f, data = b, replace = TRUE)$weights
  treated <- b$treated == 1
  mean(b$y[treated]) - weighted.mean(b$y[!treated], w[!treated])
}
by_matching <- function(rows) {
  b <- d[rows, ]
  score <- glm.fit(terms[rows, ], b$treated, family = binomial())$fitted.values
  as.numeric(Matching::Match(b$y, b$treated, score, M = 1)$est)
}

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
  resampled_1000 = function() resampled(by_hand),
  resampled_1000_two_cores = function() resampled(by_hand, 2L),
  resampled_1000_matchit = function() resampled(by_matchit),
  resampled_1000_matching = function() resampled(by_matching),
  absent("no such case")
)
if (case %in% c("resampled_1000_matchit", "resampled_1000_matching")) repetitions <- 1L # minutes each
seconds <- replicate(repetitions, system.time(run())[["elapsed"]])
cat(sprintf('{"seconds": %.6f, "version": "%s %s"}\n', min(seconds), needed, packageVersion(needed)))
