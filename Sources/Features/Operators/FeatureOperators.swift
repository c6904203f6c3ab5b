package import Basics

/// All functions that an expression may call or mention. A new one is a type in a file here and a line in this table.
package enum FeatureOperators {
    /// By name, in the order of the reference documentation.
    package static let kinds = Kinds<any FeatureOperator.Type>(
        "feature operator", types.map { .init($0.name, $0.summary, $0) })

    /// The newest language of features. In 2 `rsi` became Wilder's, and `ema` begins at the first value that counts.
    package static let language = 2

    private static let types: [any FeatureOperator.Type] = [
        Open.self, High.self, Low.self, Close.self, Volume.self, TimeOfDay.self,
        Logarithm.self, Exponential.self, AbsoluteValue.self, SquareRoot.self, Sign.self, Minimum.self, Maximum.self,
        Lag.self, Difference.self, LogReturn.self,
        RollingSum.self, RollingMean.self, RollingDeviation.self, ZScore.self, RatioToMean.self,
        Lowest.self, Highest.self, ExponentialAverage.self, RelativeStrength.self,
        RealisedVolatility.self, RollSpread.self, Parkinson.self, CorwinSchultz.self,
        Mid.self, Spread.self, Microprice.self, TradeSign.self, TradeSize.self,
        AskPrice.self, AskSize.self, BidPrice.self, BidSize.self,
        QueueImbalance.self, OrderFlowImbalance.self, AskSlope.self, BidSlope.self,
    ]
}
