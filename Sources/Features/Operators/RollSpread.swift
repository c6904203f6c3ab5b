/// Effective spread after Roll (1984, doi:10.1111/j.1540-6261.1984.tb03897.x): 2·√(−cov(Δxₜ, Δxₜ₋₁)) over `n` changes,
/// as a fraction of x; 0 where the covariance is positive. The covariance is that of the population (1/n).
enum RollSpread: WindowOperator {
    static let name = "roll_spread"
    static let summary =
        "Roll's spread: 2·√(−cov(Δxₜ, Δxₜ₋₁)) over n changes, relative to x; 0 for a positive covariance"
    static let leastWindow = 2
    static func warmUp(_ n: Int) -> Int { n + 1 }
    static func memory(_ n: Int) -> Int { n + 2 }
    static func evaluate(_ call: OperatorCall) -> Double {
        let past = call.past, n = call.n, level = call.x
        past.store(level)
        var products = 0.0, first = 0.0, second = 0.0
        var older = past.value(n + 1), old = past.value(n)
        past.forEach(last: n) {
            let now = $0 - old, before = old - older
            products += now * before
            first += now
            second += before
            (older, old) = (old, $0)
        }
        let covariance = products / Double(n) - first / Double(n) * second / Double(n)
        return covariance < 0 && level != 0 ? 2 * (-covariance).squareRoot() / level : 0
    }
}
