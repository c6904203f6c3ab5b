import Basics
import Foundation

/// The optimum of market making with an inventory cap (Cartea, Jaimungal, Penalva 2015, section 10.2), on the steps of
/// an environment.
///
/// With fills at rate λ·e^(−κδ) a side, e^(κh) solves a linear equation: ω(t) = e^(A(T−t)) z over the inventories −Q…Q,
/// with A_qq = −φκq², neighbours λ/e and z_q = e^(−ακq²); then h = ln(ω)/κ.
package final class MarketMakingSolution: Sendable {
    private let kappa: Double
    private let cap: Int
    private let steps: Int
    /// h at the beginning of every step and at the end, `[steps + 1][2Q + 1]`.
    private let h: [Double]

    /// - Complexity: O(Q³ + steps · Q²).
    package init(rate: Double, kappa: Double, running: Double, terminal: Double, horizon: Double, cap: Int, steps: Int)
    {
        (self.kappa, self.cap, self.steps) = (kappa, cap, steps)
        let n = 2 * cap + 1
        var step = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            let q = Double(i - cap)
            step[i * n + i] = -running * kappa * q * q
            if i > 0 { step[i * n + i - 1] = rate / M_E }
            if i < n - 1 { step[i * n + i + 1] = rate / M_E }
        }
        step = MarketMakingSolution.exponential(step.map { $0 * horizon / Double(steps) }, n)
        var omega = (0..<n).map { exp(-terminal * kappa * Double(($0 - cap) * ($0 - cap))) }
        // Values grow with the time left; only ratios and the sum of logarithms are kept, so nothing overflows.
        var grown = 0.0
        var h = [Double](repeating: 0, count: (steps + 1) * n)
        for k in stride(from: steps, through: 0, by: -1) {
            if k < steps {
                omega = (0..<n).map { i in (0..<n).reduce(0.0) { $0 + step[i * n + $1] * omega[$1] } }
                let largest = omega.max() ?? 1
                grown += log(largest)
                omega = omega.map { $0 / largest }
            }
            for i in 0..<n { h[k * n + i] = (log(omega[i]) + grown) / kappa }
        }
        self.h = h
    }

    /// By the Taylor series of a matrix scaled to a norm below a half, and squaring.
    private static func exponential(_ a: [Double], _ n: Int) -> [Double] {
        func product(_ a: [Double], _ b: [Double]) -> [Double] {
            var c = [Double](repeating: 0, count: n * n)
            for i in 0..<n {
                for k in 0..<n where a[i * n + k] != 0 {
                    for j in 0..<n { c[i * n + j] += a[i * n + k] * b[k * n + j] }
                }
            }
            return c
        }
        let norm = (0..<n).map { i in (0..<n).reduce(0.0) { $0 + abs(a[i * n + $1]) } }.max() ?? 0
        let squarings = max(0, Int(saturating: log2(max(norm, 1e-300)).rounded(.up)) + 1),
            scaled = a.map { $0 / pow(2, Double(squarings)) }
        var sum = [Double](repeating: 0, count: n * n), term = sum
        for i in 0..<n { (sum[i * n + i], term[i * n + i]) = (1, 1) }
        for k in 1...20 {
            term = product(term, scaled).map { $0 / Double(k) }
            for i in sum.indices { sum[i] += term[i] }
        }
        for _ in 0..<squarings { sum = product(sum, sum) }
        return sum
    }

    /// What can still be earned with an inventory at the beginning of a step, above cash and the inventory's price.
    package func value(step: Int, inventory q: Int) -> Double { h[step * (2 * cap + 1) + q + cap] }

    /// Optimal distance of the bid from the price; infinite at the cap.
    package func bidDepth(step: Int, inventory q: Int) -> Double {
        q >= cap ? .infinity : 1 / kappa - value(step: step, inventory: q + 1) + value(step: step, inventory: q)
    }
    /// Optimal distance of the ask from the price; infinite at the cap.
    package func askDepth(step: Int, inventory q: Int) -> Double {
        q <= -cap ? .infinity : 1 / kappa - value(step: step, inventory: q - 1) + value(step: step, inventory: q)
    }
}
