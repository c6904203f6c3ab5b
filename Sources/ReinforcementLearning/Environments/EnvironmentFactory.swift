package import Backtesting
package import Basics
package import NeuralNetworks

/// Environments by the name and options that a configuration gives them.
package struct EnvironmentFactory: Sendable {
    /// As the configuration names it.
    package let kind: String
    /// What a policy's network reads: observations in time order, and numbers in each.
    package let shape: SampleShape
    private let history: Int
    private let build: @Sendable () throws -> any Environment

    /// Every kind that a configuration may name. A new one is a value in the file of its environment and a line here.
    package static let kinds = Kinds<EnvironmentKind>(
        "environment",
        [
            entry(.cartPole), entry(.momentumChain), entry(.almgrenChriss), entry(.liquidation),
            entry(.marketMaking), entry(.avellanedaStoikov), entry(.garleanuPedersen), entry(.barTrading),
            entry(.bookMarketMaking), entry(.bookExecution),
        ])

    private static func entry(_ kind: EnvironmentKind) -> Kinds<EnvironmentKind>.Entry {
        .init(kind.name, kind.summary, kind)
    }

    /// What recorded environments walk over.
    package struct Recordings: Sendable {
        /// For `bar-trading`.
        package var series: TradingSeries?
        /// For `book-market-making` and `book-execution`.
        package var books: [BookRecording]
        /// Decimals of the books' prices.
        package var priceDecimals: Int
        /// Decimals of the books' sizes.
        package var sizeDecimals: Int

        /// Nothing by default: for simulated environments.
        package init(
            series: TradingSeries? = nil, books: [BookRecording] = [], priceDecimals: Int = 4, sizeDecimals: Int = 0
        ) {
            (self.series, self.books) = (series, books)
            (self.priceDecimals, self.sizeDecimals) = (priceDecimals, sizeDecimals)
        }
    }

    /// - Parameter isEvaluation: recorded episodes once each and in order, and simulated ones from where the problem
    ///   starts.
    /// - Throws: ``ConfigError``.
    package init(
        _ node: JSONValue, path: String = "environment", recordings: Recordings = Recordings(),
        isEvaluation: Bool = false
    ) throws {
        guard let name = node.stringValue ?? node[key: "kind"]?.stringValue else {
            throw ConfigError("found no 'kind' of '\(path)'", at: node.mark)
        }
        let mark = node[key: "kind"]?.mark ?? node.mark, kind = try EnvironmentFactory.kinds.find(name, at: mark)
        let map = node.stringValue == nil ? node : .map(["kind": .string(name)])
        let reader = try ConfigReader(map, path: path, keys: ["kind", "history"] + kind.keys)
        let plan = try kind.plan(
            reader,
            EnvironmentKind.Context(recordings: recordings, isEvaluation: isEvaluation, name: name, mark: mark))
        self.kind = name
        build = plan.build
        history = try reader.int("history", default: 1, in: 1...10_000)
        guard let window = plan.window else {
            shape = SampleShape(time: history, channels: try plan.build().observationCount)
            return
        }
        // A window is a history already.
        guard history == 1 else {
            throw ConfigError(
                "found 'history' for \(name), which shows windows", at: node[key: "history"]?.mark,
                hint: "set 'window'")
        }
        shape = window
    }

    /// A new environment of these options; each one is used by one thread at a time.
    package func make() throws -> any Environment {
        let base = try build()
        return history == 1 ? base : StackedObservations(base, length: history)
    }
}
