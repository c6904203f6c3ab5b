import Basics
import Tables

/// Bars of a file that is small enough to be held, ready to be handed out.
struct BarArrays {
    /// Of all bars, or of none where ``instruments`` says it of each.
    var instrument: String
    /// Of each bar, where they are of several.
    var instruments: [String] = []
    var times: [Nanoseconds] = []
    var knownTimes: [Nanoseconds] = []
    /// Open, high, low, close of each bar.
    var prices: [[ExactDecimal]] = []
    var volumes: [ExactDecimal?] = []
    /// Of each bar in the file, from 1.
    var positions: [Int] = []
    private(set) var priceDecimals = 0
    private(set) var sizeDecimals = 0

    init(instrument: String) { self.instrument = instrument }

    /// Finds the decimals.
    ///
    /// - Returns: what was assumed or lost.
    /// - Throws: ``Failure`` with code `data.bad-rows` where a price would become zero.
    mutating func scale(file: String) throws -> [String] {
        var price = DecimalScale(), size = DecimalScale(), notes: [String] = []
        for bar in prices { for value in bar { price.add(value) } }
        for volume in volumes { if let volume { size.add(volume) } }
        guard let prices = price.decimals(), let sizes = size.decimals() else {
            throw Failure(
                "data.bad-rows",
                "\(file): found prices or volumes whose range no 64-bit integer of a fixed number of "
                    + "decimals holds",
                hint: "divide the volumes, or split the file by instrument")
        }
        (priceDecimals, sizeDecimals) = (prices.decimals, sizes.decimals)
        notes.append("prices have \(priceDecimals) decimals, volumes \(sizeDecimals): as many as the numbers need")
        if prices.isRounded || sizes.isRounded { notes.append("numbers are rounded to what 64 bits hold") }
        return notes
    }
}

/// Chunks of bars that are held.
final class BarArraySource: ChunkSource {
    let fields: [Field]
    private let bars: BarArrays
    private let file: String
    private var row = 0

    init(_ bars: BarArrays, file: String) {
        (self.bars, self.file) = (bars, file)
        fields = CanonicalFields.fields(.bars, priceDecimals: bars.priceDecimals, sizeDecimals: bars.sizeDecimals)
    }

    func next() throws -> TableChunk? {
        guard row < bars.times.count else { return nil }
        var builder = CanonicalBuilder(.bars, fields: fields, file: file)
        while row < bars.times.count, builder.rowCount < TableChunk.usualRows {
            let place = CanonicalBuilder.Place(
                time: bars.times[row], knownTime: bars.knownTimes[row],
                instrument: bars.instruments.isEmpty ? bars.instrument : bars.instruments[row],
                position: bars.positions[row])
            let prices = bars.prices[row].map { cell($0, bars.priceDecimals) }
            builder.add(place, prices[0], prices[1], prices[2], prices[3], cell(bars.volumes[row], bars.sizeDecimals))
            row += 1
        }
        return builder.take()
    }

    private func cell(_ value: ExactDecimal?, _ decimals: Int) -> CanonicalBuilder.Cell {
        value?.integer(decimals: decimals).map { .integer($0) } ?? .empty
    }
}
