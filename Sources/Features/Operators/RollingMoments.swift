/// Sums, means and deviations over the last `n` values, this bar's included. Memory: n values; time: O(n).
enum RollingSum: WindowOperator {
    static let name = "sum"
    static let summary = "sum of the last n values"
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        return call.past.sum(last: call.n)
    }
}

enum RollingMean: WindowOperator {
    static let name = "mean"
    static let summary = "mean of the last n values"
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        return call.past.sum(last: call.n) / Double(call.n)
    }
}

enum RollingDeviation: WindowOperator {
    static let name = "std"
    static let summary = "sample standard deviation (n − 1) of the last n values"
    static let leastWindow = 2
    static func evaluate(_ call: OperatorCall) -> Double {
        let past = call.past, n = call.n
        past.store(call.x)
        return past.deviation(last: n, mean: past.sum(last: n) / Double(n))
    }
}

enum ZScore: WindowOperator {
    static let name = "zscore"
    static let summary = "(x − mean) / std over the last n values; 0 where std is 0"
    static let leastWindow = 2
    static func evaluate(_ call: OperatorCall) -> Double {
        let past = call.past, n = call.n
        past.store(call.x)
        let mean = past.sum(last: n) / Double(n)
        let deviation = past.deviation(last: n, mean: mean)
        return deviation > 0 ? (call.x - mean) / deviation : 0
    }
}

/// `ratio(volume, 20)` is the volume ratio.
enum RatioToMean: WindowOperator {
    static let name = "ratio"
    static let summary = "x / mean(x, n); 1 where the mean is 0"
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        let mean = call.past.sum(last: call.n) / Double(call.n)
        return mean != 0 ? call.x / mean : 1
    }
}
