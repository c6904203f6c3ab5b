package import Basics
import MarketData
package import Workflows

/// Bars of a simulated market, and the signal that is in them.
package struct SimulatedMarketDocument: Document {
    private let made: SimulateMarket.Outcome
    private let directory: String

    /// - Parameter directory: of the files, as typed.
    package init(_ made: SimulateMarket.Outcome, directory: String) {
        self.made = made
        self.directory = directory
    }

    package var body: JSONValue {
        .map([
            "files": .int(made.files), "bars": .int(made.bars), "signal": .string(made.signal.rawValue),
            "coefficient": .double(made.coefficient),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let coefficient = shown(made.signal == .shuffled ? 0 : made.coefficient)
        return style.wrapped(
            "\(made.bars) bars of \(made.files) instruments in \(directory); "
                + "signal \(made.signal.rawValue), coefficient \(coefficient)", indent: 2)
    }
}
