package import Basics
package import MarketData
import Tables

/// Bars that a conversion makes of trades or of finer bars.
package struct CoarserBars: Sendable {
    /// When a bar ends.
    package let rule: BarRule
    /// Whether what reached no threshold ends unfinished with its session.
    package let resetsAtSession: Bool

    /// - Parameter text: of a ``BarRule``.
    /// - Throws: ``Failure`` with code `data.bars`.
    package init(_ text: String, resetsAtSession: Bool) throws(Failure) {
        (rule, self.resetsAtSession) = (try BarRule(text), resetsAtSession)
    }
}

/// A file whose trades or bars are made to coarser bars as they are read.
final class BarsOfFile: FoundFile {
    private let file: any FoundFile
    private let table: CanonicalKind
    private let bars: CoarserBars
    private let calendar: TradingCalendar?
    private let interval: Nanoseconds?
    /// Those that were read last.
    private var made: ResampledBars?

    /// - Parameter isSaid: whether the table was named; else bars are made of trades where the file has them.
    init(
        _ file: any FoundFile, _ table: CanonicalKind, isSaid: Bool, _ bars: CoarserBars, _ known: KnownOfData
    ) throws {
        (self.file, self.bars, interval) = (file, bars, known.interval)
        let preferred: [CanonicalKind] = isSaid ? [] : [.trades, .bars]
        self.table = preferred.first { file.tables.contains($0) } ?? table
        calendar = try known.spec.map { try TradingCalendar($0) }
    }

    var kindName: String { file.kindName }
    var tables: [CanonicalKind] { [.bars] }
    var inferences: [Inference] { file.inferences }
    var isZoneAssumed: Bool { file.isZoneAssumed }
    /// Rows that bars were made of; complete once all were read.
    var records: Int? { made?.rowsIn }
    /// Complete once all rows were read.
    var notes: [String] { file.notes + (made?.notes ?? []) }

    func read(_ kind: CanonicalKind) throws -> any ChunkSource {
        let source = try ResampledBars(
            try file.read(table), kind: table, rule: bars.rule, calendar: calendar, interval: interval,
            resetsAtSession: bars.resetsAtSession)
        made = source
        return source
    }
}
