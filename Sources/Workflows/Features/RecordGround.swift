import Basics
import Features
import Registry
import Tensors

/// A feature table in; what it covers, on record for the count of trials, out.
enum RecordGround {
    /// - Parameter features: the table, as lineage names it.
    /// - Complexity: O(rows) the first time, one look-up then.
    static func run(_ table: FeatureTable, features: String, registry: RegistryDatabase) throws {
        guard try !registry.hasGround(of: features) else { return }
        try registry.record(DataGround(table), of: features)
    }
}

extension DataGround {
    /// What a table covers.
    ///
    /// A mark is a hash of one sample's time and return. The least ones are kept: of two tables that share samples the
    /// shared ones with small hashes are in both lists, however many rows and columns the tables have. Returns of zero
    /// are left out, since many instruments have them at one time.
    ///
    /// - Complexity: O(rows).
    init(_ table: FeatureTable) {
        var spans: [Int32: (first: Nanoseconds, last: Nanoseconds)] = [:], marks: [UInt64] = [], bound = UInt64.max
        func keepLeast() {
            marks = Array(Set(marks).sorted().prefix(DataGround.mostMarks))
            if marks.count == DataGround.mostMarks, let last = marks.last { bound = last }
        }
        for row in 0..<table.rowCount {
            let time = table.time[row], instrument = table.instrument[row], change = table.forwardReturn[row]
            let known = spans[instrument] ?? (time, time)
            spans[instrument] = (min(known.first, time), max(known.last, time))
            guard change.isFinite, change != 0 else { continue }
            let mark = DataGround.hash(UInt64(bitPattern: time), change.bitPattern)
            guard mark < bound else { continue }
            marks.append(mark)
            if marks.count >= 8 * DataGround.mostMarks { keepLeast() }
        }
        keepLeast()
        var named: [String: Stretch] = [:]
        for (index, span) in spans where table.instruments.indices.contains(Int(index)) {
            let name = table.instruments[Int(index)], known = named[name]
            named[name] = Stretch(
                instrument: name, first: min(known?.first ?? span.first, span.first),
                last: max(known?.last ?? span.last, span.last))
        }
        self.init(
            source: table.source, stretches: named.values.sorted { $0.instrument < $1.instrument },
            marks: marks.map { Int64(bitPattern: $0) })
    }

    /// SplitMix64 (Steele, Lea, Flood 2014) over both words.
    private static func hash(_ a: UInt64, _ b: UInt64) -> UInt64 {
        func mixed(_ value: UInt64) -> UInt64 {
            var z = value &+ 0x9E37_79B9_7F4A_7C15
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        return mixed(mixed(a) ^ b)
    }
}
