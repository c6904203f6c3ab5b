/// p-values of several tests, adjusted so that looking at many does not make one of them come true.
package enum MultipleTesting {
    /// What is held down, and under which dependence.
    package enum Method: String, Sendable, CaseIterable {
        /// Chance of any false rejection, whatever the dependence.
        case bonferroni
        /// The same, and never less powerful (Holm 1979).
        case holm
        /// Share of false among the rejections, for independent or positively dependent tests (Benjamini & Hochberg
        /// 1995).
        case benjaminiHochberg = "benjamini-hochberg"
        /// The same under any dependence (Benjamini & Yekutieli 2001).
        case benjaminiYekutieli = "benjamini-yekutieli"
    }

    /// In the order given; a test is rejected at level α where its adjusted value is at most α. O(n log n).
    package static func adjusted(_ p: [Double], _ method: Method) -> [Double] {
        let n = p.count, order = p.indices.sorted { p[$0] < p[$1] }
        var out = [Double](repeating: 1, count: n)
        switch method {
        case .bonferroni: return p.map { min(1, $0 * Double(n)) }
        case .holm:
            var largest = 0.0
            for (rank, i) in order.enumerated() {
                largest = max(largest, min(1, p[i] * Double(n - rank)))
                out[i] = largest
            }
        case .benjaminiHochberg, .benjaminiYekutieli:
            let harmonic = method == .benjaminiYekutieli ? (1...max(n, 1)).reduce(0) { $0 + 1 / Double($1) } : 1
            var smallest = 1.0
            for (rank, i) in order.enumerated().reversed() {
                smallest = min(smallest, p[i] * Double(n) / Double(rank + 1) * harmonic)
                out[i] = smallest
            }
        }
        return out
    }
}
