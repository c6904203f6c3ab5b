package import Basics
package import Tables

extension BarTable {
    /// All bars of a canonical table. A volume that the source does not have counts as 0.
    ///
    /// - Throws: ``Failure`` with code `data.format` for a table of another kind, or one of several instruments; what
    ///   the source throws.
    package init(canonical source: any ChunkSource, zone: String, interval: Nanoseconds) throws {
        func decimals(_ name: String) throws -> Int {
            guard let field = source.fields.first(where: { $0.name == name }), case .decimal(let scale) = field.type
            else {
                throw Failure("data.format", "found a table without '\(name)', expected bars")
            }
            return scale
        }
        self.init(
            instrument: "", zone: zone, interval: interval, priceDecimals: try decimals("close"),
            volumeDecimals: try decimals("volume"))
        while let chunk = try source.next() {
            func numbers(_ name: String) -> [Int64] {
                if case .int64(let values)? = chunk[name]?.values {
                    values
                } else {
                    [Int64](repeating: 0, count: chunk.rowCount)
                }
            }
            if case .text(let text)? = chunk["instrument"]?.values, chunk.rowCount > 0 {
                if instrument.isEmpty { instrument = text[0] }
                guard text.values.allSatisfy({ $0 == instrument }) else {
                    throw Failure(
                        "data.format", "found bars of '\(instrument)' and others in one table, expected one instrument")
                }
            }
            time += numbers("time")
            open += numbers("open")
            high += numbers("high")
            low += numbers("low")
            close += numbers("close")
            volume += numbers("volume")
        }
    }
}
