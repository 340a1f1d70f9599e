# Poverty with design-based standard errors, from the survey package. Run in this folder: Rscript reference.R
# It writes reference.csv and versions.txt. At an absolute line, convey's svyfgt is svymean of ((z-y)/z)^a * 1(y<=z).
library(survey)
d <- read.csv("survey.csv")
floored <- pmax(d$income, 0)
rows <- list()
keep <- function(measure, alpha, line, strict, population, region, design, estimate, se, df) {
  rows[[length(rows) + 1]] <<- data.frame(measure, alpha, line, strict, population, region, design,
                                          estimate = as.numeric(estimate), std_error = as.numeric(se), df)
}
designs <- list(
  full       = svydesign(id = ~cluster, strata = ~stratum, weights = ~weight, data = d),
  clusters   = svydesign(id = ~cluster, weights = ~weight, data = d),
  strata     = svydesign(id = ~1, strata = ~stratum, weights = ~weight, data = d),
  equal      = svydesign(id = ~1, weights = ~1, data = d)
)
fgt_values <- function(z, a, strict) {
  poor <- if (strict) d$income < z else d$income <= z
  ifelse(poor, ((z - floored) / z)^a, 0)
}
for (name in names(designs)) for (z in c(331, 580)) for (a in c(0, 0.5, 1, 2, 3)) for (strict in c(TRUE, FALSE)) {
  des <- update(designs[[name]], f = fgt_values(z, a, strict))
  m <- svymean(~f, des)
  keep("fgt", a, z, strict, "households", "all", name, coef(m), SE(m), degf(des))
  r <- svyratio(~I(f * persons), ~persons, des)
  keep("fgt", a, z, strict, "persons", "all", name, coef(r), SE(r), degf(des))
  for (g in unique(d$region)) {
    sub <- subset(des, region == g)
    s <- svymean(~f, sub)
    keep("fgt", a, z, strict, "households", g, name, coef(s), SE(s), degf(sub))
  }
}
raised <- pmax(d$income, 20)                          # the Watts index with incomes of at least 20
gini_max <- function(g, w) {                          # Sen-Shorrocks-Thon by its double sum, and its linearised variable
  s <- w / sum(w)
  h <- sapply(g, function(x) sum(s * pmax(g, x)))
  estimate <- sum(s * h)
  list(estimate = estimate, lin = 2 * (h - estimate) / sum(w))
}
for (z in c(331, 580)) {
  des <- update(designs$full, f = ifelse(d$income < z, log(z / raised), 0))
  m <- svymean(~f, des)
  keep("watts", NA, z, TRUE, "households", "all", "full", coef(m), SE(m), degf(des))
  sst <- gini_max(ifelse(d$income < z, (z - floored) / z, 0), d$weight)
  total <- svytotal(~lin, update(designs$full, lin = sst$lin))
  keep("sen-shorrocks-thon", NA, z, TRUE, "households", "all", "full", sst$estimate, SE(total), degf(des))
}
# relative lines: their values, and the standard error of the mean, a smooth one
median_line <- svyquantile(~income, designs$full, 0.5, qrule = "school")
z <- 0.6 * coef(median_line)
keep("line of 0.6 median", NA, z, TRUE, "households", "all", "full", z, NA, degf(designs$full))
keep("headcount at 0.6 median", 0, z, TRUE, "households", "all", "full",
     coef(svymean(~f, update(designs$full, f = fgt_values(z, 0, TRUE)))), NA, degf(designs$full))
mean_line <- svymean(~income, designs$full)
keep("line of 0.5 mean", NA, 0.5 * coef(mean_line), TRUE, "households", "all", "full",
     0.5 * coef(mean_line), 0.5 * SE(mean_line), degf(designs$full))
write.csv(format(do.call(rbind, rows), digits = 16, trim = TRUE), "reference.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("survey", packageVersion("survey"))), "versions.txt")
