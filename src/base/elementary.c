/*
 * Cosine and power in arithmetic of pairs: a number is the sum of two doubles, the second at most half a unit in the last place
 * of the first, so 100 bits and more. Dekker, "A floating-point technique for extending the available precision", 1971. Only
 * additions, multiplications and divisions of doubles are used, which IEEE 754 rounds in one way, and no fused ones, which a
 * processor without them would have to imitate.
 */
#include "base/elementary.h"

#include <assert.h>
#include <math.h>

typedef struct pair {
    double high, low;
} pair;

/* a + b, where |a| >= |b| or a is 0. */
static pair fast_sum(double a, double b) {
    const double sum = a + b;
    return (pair){sum, b - (sum - a)};
}

/* a + b exactly. */
static pair sum(double a, double b) {
    const double s = a + b, part = s - a;
    return (pair){s, (a - (s - part)) + (b - part)};
}

/* The leading 26 bits of a, so that products of halves are exact. |a| < 2^996. */
static double leading(double a) {
    const double shifted = a * 134217729.0; /* 2^27 + 1 */
    return shifted - (shifted - a);
}

/* a b exactly, but for underflow. */
static pair product(double a, double b) {
    const double p = a * b, a1 = leading(a), a2 = a - a1, b1 = leading(b), b2 = b - b1;
    return (pair){p, ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2};
}

static pair add(pair a, pair b) {
    const pair high = sum(a.high, b.high), low = sum(a.low, b.low);
    const pair first = fast_sum(high.high, high.low + low.high);
    return fast_sum(first.high, first.low + low.low);
}

static pair multiply(pair a, pair b) {
    const pair p = product(a.high, b.high);
    return fast_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

static pair times(pair a, double b) {
    return multiply(a, (pair){b, 0});
}

static pair divide(pair a, pair b) {
    const double first = a.high / b.high;
    const pair rest = add(a, times(b, -first));
    const double second = rest.high / b.high;
    const pair last = add(rest, times(b, -second));
    return add(fast_sum(first, second), (pair){last.high / b.high, 0});
}

/* pi/2 and log 2 as sums of three doubles, from mpmath: each is the rest rounded. */
static const double half_pi[3] = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110};
static const double log_two[3] = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56, 0x1.7b57a079a1934p-111};

/* x - k c for a constant of three parts. */
static pair reduce(pair x, double k, const double c[3]) {
    for (int i = 0; i < 3; i++) { x = add(x, product(-k, c[i])); }
    return x;
}

/* The series t (1 - x^2 / ((n+1)(n+2)) (1 - ...)): a cosine from t = 1 and n = 0, a sine from t = x and n = 1. |x| < 0.8. */
static pair series(pair t, pair x, int n) {
    const pair square = multiply(x, x);
    pair total = t;
    for (; n < 28; n += 2) { /* 0.8^28 / 28! is 2^-107 */
        const double below = (double)(n + 1) * (double)(n + 2);
        t = divide(multiply(t, (pair){-square.high, -square.low}), (pair){below, 0});
        total = add(total, t);
    }
    return total;
}

double nomen_cos(double x) {
    if (isnan(x)) { return x; }
    assert(fabs(x) <= 0x1p30);
    x = fabs(x);
    const double k = floor(x / half_pi[0] + 0.5);
    const pair rest = reduce((pair){x, 0}, k, half_pi), one = {1, 0};
    switch ((long)k % 4) {
    case 0: return series(one, rest, 0).high;
    case 1: return -series(rest, rest, 1).high;
    case 2: return -series(one, rest, 0).high;
    default: return series(rest, rest, 1).high;
    }
}

/* log x for x > 0: of its fraction by 2 (s + s^3/3 + s^5/5 + ...), s = (f - 1) / (f + 1), |s| < 0.172. */
static pair log_of(double x) {
    int exponent = 0;
    double fraction = frexp(x, &exponent);
    if (fraction < 0.70710678118654757) {
        fraction *= 2;
        exponent--;
    }
    const pair s = divide((pair){fraction - 1, 0}, sum(fraction, 1)), square = multiply(s, s);
    pair power = s, total = s;
    for (int n = 3; n < 43; n += 2) { /* s^43 / 43 is 2^-114 */
        power = multiply(power, square);
        total = add(total, divide(power, (pair){n, 0}));
    }
    return reduce(times(total, 2), -(double)exponent, log_two);
}

/* exp x */
static double exp_of(pair x) {
    if (x.high > 710) { return INFINITY; }
    if (x.high < -746) { return 0; }
    const double k = floor(x.high / log_two[0] + 0.5);
    const pair rest = reduce(x, k, log_two);
    pair term = {1, 0}, total = {1, 0};
    for (int n = 1; n < 28; n++) { /* 0.35^28 / 28! is 2^-140 */
        term = divide(multiply(term, rest), (pair){n, 0});
        total = add(total, term);
    }
    return ldexp(total.high, (int)k);
}

double nomen_pow(double x, double y) {
    assert(x >= 0 && y >= 0 && isfinite(x) && isfinite(y));
    if (y == 0 || x == 1) { return 1; }
    if (x == 0) { return 0; }
    const pair log_x = log_of(x);
    if (log_x.high * y < -1000) { return 0; } /* before a product could leave the range of exact ones */
    if (log_x.high * y > 1000) { return INFINITY; }
    return exp_of(times(log_x, y));
}
