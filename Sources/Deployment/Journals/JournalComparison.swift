package import Basics
package import Trading

/// Whether a loop did what a back-test says that it does: every order, and the money.
///
/// Two runs are equal when each instrument sees the same events at the same times: side, quantity, limit, price of the
/// fill, outcome and reason. Numbers of orders are left out, because one order more shifts all that follow. Money is
/// the cash of all fills in price units × lots, so that nothing is rounded.
package struct JournalComparison: Sendable, Equatable {
    /// One place where they differ.
    package struct Difference: Sendable, Equatable {
        /// When, UTC: the close of a decision, or the begin of the bar of a fill.
        package var time: Nanoseconds
        /// Name of the instrument.
        package var instrument: String
        /// What the back-test did there, in order; empty for nothing.
        package var backtest: [String]
        /// What the runtime did there.
        package var runtime: [String]
        /// What kind of difference it is.
        package var reason: String

        /// One line for people.
        package var text: String {
            func did(_ what: [String]) -> String { what.isEmpty ? "nothing" : what.joined(separator: ", ") }
            return "\(instrument) at \(TimeText.utc(time)): the back-test \(did(backtest)); the runtime \(did(runtime))"
        }
    }

    /// Sums of one side.
    package struct Sums: Sendable, Equatable {
        /// Orders that were sent, and that the risk rules denied.
        package var submitted = 0, denied = 0
        /// What became of those that were sent.
        package var filled = 0, cancelled = 0
        /// Of all fills: what was taken for sales less what was paid for purchases, in price units × lots.
        package var cash: Int128 = 0

        mutating func add(_ kind: TradingDesk.Event.Kind, side: Side, quantity: Int64, price: Int64) {
            switch kind {
            case .submitted: submitted += 1
            case .denied: denied += 1
            case .cancelled: cancelled += 1
            case .filled:
                filled += 1
                // Products need 126 bits; the sum of them is only compared.
                cash &-= Int128(side.sign) * Int128(quantity) * Int128(price)
            }
        }
    }

    /// Of the back-test.
    package private(set) var backtest = Sums()
    /// Of the runtime.
    package private(set) var runtime = Sums()
    /// All places where they differ, by time and instrument.
    package private(set) var differences: [Difference] = []

    /// Whether orders and money are the same.
    package var isEqual: Bool { differences.isEmpty && backtest == runtime }

    /// How often each kind of difference occurs, the most frequent first.
    package var reasons: [(reason: String, count: Int)] {
        Dictionary(grouping: differences, by: \.reason).map { ($0.key, $0.value.count) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    /// Nothing on both sides.
    package init() {}

    private struct Place: Hashable {
        var time: Nanoseconds
        var instrument: String
    }

    private struct Deed: Equatable {
        var kind: TradingDesk.Event.Kind
        var side: Side
        var quantity: Int64
        var price: Int64
        var reason: RiskReason?
    }

    /// - Parameters:
    ///   - events: of the back-test.
    ///   - instruments: its names.
    ///   - journal: of the runtime.
    ///   - priceDecimals: for messages.
    /// - Complexity: O(n log n) in the events.
    package init(
        _ events: [TradingDesk.Event], instruments: [String], journal: JournalFile, priceDecimals: Int
    ) {
        var places: [Place: (backtest: [Deed], runtime: [Deed])] = [:]
        for event in events {
            let index = event.order.instrument
            let place = Place(
                time: event.time, instrument: instruments.indices.contains(index) ? instruments[index] : "?")
            backtest.add(event.kind, side: event.order.side, quantity: event.order.quantity, price: event.price)
            places[place, default: ([], [])].backtest.append(
                Deed(
                    kind: event.kind, side: event.order.side, quantity: event.order.quantity, price: event.price,
                    reason: event.reason))
        }
        for record in journal.records {
            runtime.add(record.kind, side: record.side, quantity: record.quantity, price: record.price)
            places[Place(time: record.time, instrument: record.instrument), default: ([], [])].runtime.append(
                Deed(
                    kind: record.kind, side: record.side, quantity: record.quantity, price: record.price,
                    reason: record.reason))
        }
        func text(_ deed: Deed) -> String {
            let price = JournalComparison.price(deed.price, decimals: priceDecimals)
            let reason = deed.reason.map { " (\($0.rawValue))" } ?? ""
            return "\(deed.kind.rawValue) \(deed.side.rawValue) \(deed.quantity) at \(price)\(reason)"
        }
        differences = places.filter { $0.value.backtest != $0.value.runtime }
            .map { place, deeds in
                Difference(
                    time: place.time, instrument: place.instrument, backtest: deeds.backtest.map(text),
                    runtime: deeds.runtime.map(text),
                    reason: JournalComparison.reason(deeds.backtest, deeds.runtime))
            }
            .sorted { ($0.time, $0.instrument) < ($1.time, $1.instrument) }
    }

    /// The first thing that is not the same.
    private static func reason(_ a: [Deed], _ b: [Deed]) -> String {
        guard let (one, other) = zip(a, b).first(where: { $0 != $1 }) else {
            return a.count > b.count
                ? "\(a[b.count].kind.rawValue) in the back-test alone"
                : "\(b[a.count].kind.rawValue) in the runtime alone"
        }
        if one.kind != other.kind { return "\(one.kind.rawValue), but \(other.kind.rawValue) in the runtime" }
        if one.side != other.side { return "another side" }
        if one.quantity != other.quantity { return "another quantity" }
        return one.price != other.price ? "another price" : "another reason"
    }

    /// `102.5000`
    private static func price(_ value: Int64, decimals: Int) -> String {
        guard decimals > 0 else { return String(value) }
        var digits = String(value.magnitude)
        if digits.count <= decimals { digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits }
        return (value < 0 ? "-" : "") + "\(digits.dropLast(decimals)).\(digits.suffix(decimals))"
    }
}
