import Basics
import MarketData
import Tensors

/// The raw bars of a search in one file: written once by the searcher, read once by every worker, which knows neither
/// lineage nor the names of the files that the bars came from.
enum TrialBars {
    static let file = "bars.safetensors"
    private static let format = "hftml-trial-bars"

    /// Tables one behind the other; their names, decimals and lengths are in the metadata.
    static func write(_ tables: [BarTable], to path: String) throws {
        var file = SafetensorsFile()
        let columns: [(String, KeyPath<BarTable, [Int64]>)] = [
            ("time", \.time), ("open", \.open), ("high", \.high), ("low", \.low), ("close", \.close),
            ("volume", \.volume),
        ]
        let count = tables.reduce(0) { $0 + $1.count }
        for (name, column) in columns { file.set(name, shape: [count], .int64(tables.flatMap { $0[keyPath: column] })) }
        file.metadata = [
            "format": format, "version": "1",
            "tables": JSONValue.list(
                tables.map {
                    .map([
                        "instrument": .string($0.instrument), "zone": .string($0.zone),
                        "interval": .int(Int($0.interval)), "priceDecimals": .int($0.priceDecimals),
                        "volumeDecimals": .int($0.volumeDecimals), "count": .int($0.count),
                    ])
                }
            ).text(.compact),
        ]
        try file.write(to: path)
    }

    /// - Throws: ``Failure`` with code `search.bars` for a file that no searcher of this version wrote.
    static func read(_ path: String) throws -> [BarTable] {
        let file = try SafetensorsFile.read(path)
        func column(_ name: String) -> [Int64]? {
            guard case .int64(let values)? = file[name]?.column else { return nil }
            return values
        }
        guard file.metadata["format"] == format, file.metadata["version"] == "1",
            let nodes = try JSONParser.parse(file.metadata["tables"] ?? "", file: path).listValue,
            let time = column("time"), let open = column("open"), let high = column("high"), let low = column("low"),
            let close = column("close"), let volume = column("volume"),
            [open.count, high.count, low.count, close.count, volume.count].allSatisfy({ $0 == time.count })
        else { throw damaged(path) }
        var begin = 0
        let tables = try nodes.map { node -> BarTable in
            guard let name = node[key: "instrument"]?.stringValue, let zone = node[key: "zone"]?.stringValue,
                let interval = node[key: "interval"]?.intValue, let prices = node[key: "priceDecimals"]?.intValue,
                let volumes = node[key: "volumeDecimals"]?.intValue, let count = node[key: "count"]?.intValue,
                count >= 0, let end = begin.plus(count), end <= time.count
            else { throw damaged(path) }
            var table = BarTable(
                instrument: name, zone: zone, interval: Nanoseconds(interval), priceDecimals: prices,
                volumeDecimals: volumes)
            let rows = begin..<end
            (table.time, table.open, table.high) = (Array(time[rows]), Array(open[rows]), Array(high[rows]))
            (table.low, table.close, table.volume) = (Array(low[rows]), Array(close[rows]), Array(volume[rows]))
            begin = end
            return table
        }
        return tables
    }

    private static func damaged(_ path: String) -> Failure {
        Failure("search.bars", "found no bars of a search in '\(path)'", hint: "begin the search again: hftml search")
    }

    /// What a worker has read, for all of its trials.
    struct Cache {
        private var path = ""
        private var tables: [BarTable] = []

        mutating func tables(_ path: String) throws -> [BarTable] {
            if self.path != path { (self.tables, self.path) = (try TrialBars.read(path), path) }
            return tables
        }
    }
}
