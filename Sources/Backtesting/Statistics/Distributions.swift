import Foundation

/// Cumulative distribution functions that tests and intervals need.
package enum Distributions {
    /// Standard normal cdf by the complementary error function; full double precision in both tails.
    package static func normalCDF(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

    /// Inverse of the standard normal cdf: Acklam's rational approximation, then one Halley step; error below 1e-15
    /// relative inside (1e-300, 1 − 1e-16).
    package static func normalQuantile(_ p: Double) -> Double {
        if p <= 0 { return -.infinity }
        if p >= 1 { return .infinity }
        let a = [
            -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
            -3.066479806614716e+01, 2.506628277459239e+00,
        ]
        let b = [
            -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
            -1.328068155288572e+01,
        ]
        let c = [
            -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
            4.374664141464968e+00, 2.938163982698783e+00,
        ]
        let d = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00]
        func horner(_ k: [Double], _ x: Double) -> Double { k.reduce(0) { $0 * x + $1 } }
        var x: Double
        if p < 0.02425 || p > 1 - 0.02425 {
            let q = (-2 * log(min(p, 1 - p))).squareRoot()
            x = horner(c, q) / (horner(d, q) * q + 1)
            if p > 0.5 { x = -x }
        } else {
            let q = p - 0.5, r = q * q
            x = horner(a, r) * q / (horner(b, r) * r + 1)
        }
        let error = normalCDF(x) - p
        let u = error * (2 * Double.pi).squareRoot() * exp(x * x / 2)
        x -= u / (1 + x * u / 2)
        return x
    }

    /// Two-sided p-value of Student's t.
    package static func studentTwoSided(_ t: Double, degrees: Double) -> Double {
        incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
    }

    /// Regularised incomplete beta function by Lentz's continued fraction; about 1e-14.
    package static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
        let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
        let tiny = 1e-300
        var c = 1.0, d = 1 - (a + b) * x / (a + 1)
        d = 1 / (abs(d) < tiny ? tiny : d)
        var result = d
        for m in 1...500 {
            let m = Double(m)
            for step in [
                m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
            ] {
                d = 1 + step * d
                d = 1 / (abs(d) < tiny ? tiny : d)
                c = 1 + step / c
                if abs(c) < tiny { c = tiny }
                result *= d * c
            }
            if abs(d * c - 1) < 1e-15 { break }
        }
        return front * result
    }

    /// Binomial(n, ½) two-sided exact p-value for k, and the mid-p value.
    package static func binomialHalf(k: Int, n: Int) -> (exact: Double, mid: Double) {
        guard n > 0 else { return (1, 1) }
        func logMass(_ i: Int) -> Double {
            lgamma(Double(n + 1)) - lgamma(Double(i + 1)) - lgamma(Double(n - i + 1)) - Double(n) * M_LN2
        }
        let tail = min(k, n - k)
        // Terms fall off geometrically away from n/2; summing from the largest loses nothing.
        var sum = 0.0
        for i in stride(from: tail, through: 0, by: -1) {
            let term = exp(logMass(i))
            sum += term
            if term < sum * 1e-17 { break }
        }
        let exact = min(1, 2 * sum)
        return (exact, max(0, exact - exp(logMass(tail))))
    }
}
