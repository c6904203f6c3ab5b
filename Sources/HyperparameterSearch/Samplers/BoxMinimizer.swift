import Foundation

/// Limited-memory BFGS inside a box: steps are projected onto it, and coordinates that a bound holds stay out of the
/// direction (Nocedal & Wright 2006, algorithm 7.4, with backtracking).
enum BoxMinimizer {
    static func minimize(
        from start: [Double], lower: [Double], upper: [Double], iterations: Int, memory: Int = 8,
        _ f: ([Double], inout [Double]) -> Double
    ) -> (at: [Double], value: Double) {
        func clamp(_ x: [Double]) -> [Double] { x.indices.map { min(max(x[$0], lower[$0]), upper[$0]) } }
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let n = start.count
        var x = clamp(start), gradient = [Double](repeating: 0, count: n)
        var value = f(x, &gradient)
        var pairs: [(s: [Double], y: [Double], rho: Double)] = []
        for _ in 0..<iterations {
            guard value.isFinite else { break }
            let isHeld = (0..<n).map {
                (x[$0] <= lower[$0] && gradient[$0] > 0) || (x[$0] >= upper[$0] && gradient[$0] < 0)
            }
            let free = (0..<n).map { isHeld[$0] ? 0 : gradient[$0] }
            let largest = free.reduce(0) { max($0, abs($1)) }
            if largest < 1e-6 { break }
            var q = free, alphas: [Double] = []
            for pair in pairs.reversed() {
                let alpha = pair.rho * dot(pair.s, q)
                alphas.append(alpha)
                for i in 0..<n { q[i] -= alpha * pair.y[i] }
            }
            let scale = pairs.last.map { dot($0.s, $0.y) / max(dot($0.y, $0.y), 1e-300) } ?? 1 / max(largest, 1) * 0.25
            for i in 0..<n { q[i] *= scale }
            for (pair, alpha) in zip(pairs, alphas.reversed()) {
                let beta = pair.rho * dot(pair.y, q)
                for i in 0..<n { q[i] += (alpha - beta) * pair.s[i] }
            }
            for i in 0..<n where isHeld[i] { q[i] = 0 }
            if dot(q, free) <= 0 { q = free.map { $0 * scale } }
            var step = 1.0, isDone = true
            for _ in 0..<20 {
                let next = clamp((0..<n).map { x[$0] - step * q[$0] })
                var nextGradient = gradient
                let nextValue = f(next, &nextGradient)
                let moved = (0..<n).map { next[$0] - x[$0] }
                if nextValue.isFinite, nextValue <= value + 1e-4 * dot(gradient, moved) {
                    let y = (0..<n).map { nextGradient[$0] - gradient[$0] }, curvature = dot(moved, y)
                    if curvature > 1e-10 {
                        pairs.append((moved, y, 1 / curvature))
                        if pairs.count > memory { pairs.removeFirst() }
                    }
                    isDone = abs(value - nextValue) < 1e-9 * (1 + abs(value))
                    (x, value, gradient) = (next, nextValue, nextGradient)
                    break
                }
                step *= 0.5
            }
            if isDone { break }
        }
        return (x, value)
    }
}
