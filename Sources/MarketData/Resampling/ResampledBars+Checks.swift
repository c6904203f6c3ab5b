import Basics
import Tables

extension ResampledBars {
    /// - Returns: decimals of prices and sizes.
    /// - Throws: ``Failure`` with code `data.bars` for what no bars can be made of.
    static func require(
        _ fields: [Field], _ kind: CanonicalKind, _ rule: BarRule, calendar: TradingCalendar?, interval: Nanoseconds?,
        resetsAtSession: Bool
    ) throws(Failure) -> (price: Int, size: Int) {
        func refuse(_ problem: String, hint: String? = nil) -> Failure {
            Failure("data.bars", problem, hint: hint)
        }
        guard kind == .trades || kind == .bars else {
            throw refuse("found a table of \(kind.rawValue), expected trades or bars to make bars of")
        }
        func decimals(_ names: String...) -> Int? {
            for field in fields where names.contains(field.name) {
                if case .decimal(let scale) = field.type, (0...18).contains(scale) { return scale }
            }
            return nil
        }
        guard let price = decimals("price", "close"), let size = decimals("size", "volume") else {
            throw refuse("found no prices and sizes as exact decimals, expected them to make bars of")
        }
        switch rule {
        case .ticks where kind == .bars:
            throw refuse(
                "found bars, expected trades for '\(rule.text)': bars do not say their trades",
                hint: "convert the file of the trades, or make bars by volume")
        case .every(let length):
            guard calendar != nil else {
                throw refuse(
                    "found no market whose sessions '\(rule.text)' is the grid of",
                    hint: "name it: --market market.yaml; write one with: hftml data sniff FILE -o market.yaml")
            }
            guard kind == .bars else { break }
            guard let interval, interval > 0, length % interval == 0 else {
                throw refuse(
                    "found '\(rule.text)' of bars of \(interval.map(Interval.text) ?? "an unknown length"), expected a "
                        + "multiple of it", hint: "say the bars' interval in the market file, or choose another length")
            }
        default: break
        }
        guard !resetsAtSession || calendar != nil else {
            throw refuse(
                "found no market whose sessions bars begin anew with", hint: "name it: --market market.yaml")
        }
        return (price, size)
    }
}
