/// Welch's test of equal means of two samples with unequal variances (Welch 1947), degrees of freedom after
/// Satterthwaite.
package enum Welch {
    /// Two-sided p; nil where neither sample varies or one has fewer than two values.
    package static func pValue(
        _ meanA: Double, _ deviationA: Double, _ countA: Int, _ meanB: Double, _ deviationB: Double, _ countB: Int
    ) -> Double? {
        guard countA >= 2, countB >= 2 else { return nil }
        let a = deviationA * deviationA / Double(countA), b = deviationB * deviationB / Double(countB)
        guard a + b > 0 else { return nil }
        let degrees = (a + b) * (a + b) / (a * a / Double(countA - 1) + b * b / Double(countB - 1))
        return Distributions.studentTwoSided((meanA - meanB) / (a + b).squareRoot(), degrees: degrees)
    }
}
