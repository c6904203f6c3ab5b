package import Basics
package import Tables

/// Bars of a source, adjusted as they are read. Files keep what was traded at.
///
/// Prices and volumes have the decimals that the rule asks for beyond those of the source. Bars that are not known as
/// of the rule's day, and those whose day `owns` refuses, are left out.
package final class AdjustedBars: ChunkSource {
    /// Those of the source, with more decimals.
    package let fields: [Field]
    private let source: any ChunkSource
    private let rule: AdjustmentRule
    private let owns: (CivilDate) -> Bool
    private var zone: ExchangeZone
    private let isPrice: [Bool]
    private let isVolume: [Bool]
    private let timeColumn: Int
    /// The last day and what holds for it: successive bars share it.
    private var today: (day: CivilDate, isUsed: Bool, price: Double, volume: Double)?

    /// - Parameters:
    ///   - source: of a canonical table of bars.
    ///   - owns: whether the ticker was the company's that day.
    /// - Throws: ``Failure`` with code `data.factors` for a source that holds no bars.
    package init(_ source: any ChunkSource, _ rule: AdjustmentRule, owns: @escaping (CivilDate) -> Bool = { _ in true })
        throws
    {
        (self.source, self.rule, self.owns) = (source, rule, owns)
        zone = try ExchangeZone(rule.table.zone)
        isPrice = source.fields.map { ["open", "high", "low", "close"].contains($0.name) }
        isVolume = source.fields.map { $0.name == "volume" }
        guard let timeColumn = source.fields.firstIndex(where: { $0.name == "time" }), isPrice.count(where: { $0 }) == 4
        else {
            throw Failure(
                "data.factors", "found a table without open, high, low and close, expected bars",
                hint: "adjust bars; trades and quotes are kept as they were")
        }
        self.timeColumn = timeColumn
        var fields: [Field] = []
        for (index, field) in source.fields.enumerated() {
            guard case .decimal(let scale) = field.type, isPrice[index] || isVolume[index] else {
                fields.append(field)
                continue
            }
            let more = isPrice[index] ? rule.morePriceDecimals : rule.moreVolumeDecimals
            fields.append(Field(field.name, .decimal(scale: scale + more), isOptional: field.isOptional))
        }
        self.fields = fields
    }

    /// The next rows, adjusted; nil behind the last. A chunk may have lost all its rows.
    ///
    /// - Throws: what the source throws; ``Failure`` with code `data.factors` where a number does not fit.
    package func next() throws -> TableChunk? {
        guard let chunk = try source.next() else { return nil }
        guard case .int64(let times) = chunk.columns[timeColumn].values else { return chunk }
        var rows: [Int] = [], factors: [(price: Double, volume: Double)] = []
        for (row, time) in times.enumerated() {
            let day = CivilDate(nanoseconds: zone.local(time))
            let now: (day: CivilDate, isUsed: Bool, price: Double, volume: Double)
            if let today, today.day == day {
                now = today
            } else {
                let (price, volume) = rule.factors(on: day)
                now = (day, rule.isKnown(day) && owns(day), price, volume)
                today = now
            }
            if now.isUsed {
                rows.append(row)
                factors.append((now.price, now.volume))
            }
        }
        var columns: [ColumnVector] = []
        for (index, column) in chunk.columns.enumerated() {
            var out = rows.count == chunk.rowCount ? column : column.selecting(rows)
            if isPrice[index] || isVolume[index], case .int64(var values) = out.values {
                for row in values.indices where out.validity[row] {
                    values[row] =
                        try isPrice[index]
                        ? rule.scaled(values[row], by: factors[row].price, decimals: rule.morePriceDecimals)
                        : rule.scaled(values[row], by: factors[row].volume, decimals: rule.moreVolumeDecimals)
                }
                out.values = .int64(values)
            }
            columns.append(out)
        }
        return TableChunk(fields: fields, columns: columns, rowCount: rows.count)
    }
}

extension BarTable {
    /// The bars, adjusted; those not known as of the rule's day are left out.
    ///
    /// - Throws: ``Failure`` with code `data.factors` where a number does not fit.
    package func adjusted(_ rule: AdjustmentRule) throws -> BarTable {
        var zone = try ExchangeZone(rule.table.zone)
        var out = BarTable(
            instrument: instrument, zone: self.zone, interval: interval,
            priceDecimals: priceDecimals + rule.morePriceDecimals,
            volumeDecimals: volumeDecimals + rule.moreVolumeDecimals)
        out.reserveCapacity(count)
        for index in 0..<count {
            let day = CivilDate(nanoseconds: zone.local(time[index]))
            guard rule.isKnown(day) else { continue }
            let factor = rule.factors(on: day)
            func price(_ value: Int64) throws -> Int64 {
                try rule.scaled(value, by: factor.price, decimals: rule.morePriceDecimals)
            }
            out.append(
                Bar(
                    time: time[index], open: try price(open[index]), high: try price(high[index]),
                    low: try price(low[index]), close: try price(close[index]),
                    volume: try rule.scaled(volume[index], by: factor.volume, decimals: rule.moreVolumeDecimals)))
        }
        return out
    }
}
