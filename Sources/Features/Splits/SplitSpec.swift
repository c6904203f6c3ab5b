package import Basics
import MarketData

/// How samples are divided in time.
///
/// All kinds work on the sorted distinct times of the samples, so that instruments are cut at the same moment, and
/// purge training samples whose label ends in the validation or test span: by the label's own time, since a position
/// among the times of several instruments says nothing of how far a label reaches.
package struct SplitSpec: Sendable, Equatable {
    /// The kind of split; see ``SplitKind/kinds``.
    package typealias Kind = SplitKind

    /// How test and training times are chosen.
    package var kind: Kind
    /// Share of times that are tested (time).
    package var test: Double
    /// Share of the training times, at their end, that choose the best epoch.
    package var validation: Double
    /// Number of folds (walk-forward, purged-k-fold).
    package var folds: Int
    /// The fold that this split is, from 0.
    package var fold: Int
    /// Samples of each instrument that are dropped behind the labels of a test span (purged-k-fold); nil for as many
    /// as a window has rows, so that no window shares a row with it.
    package var embargo: Int?
    /// Rows that precede every sample at least, its own included: models of shorter windows are then trained and judged
    /// on the very samples that one of so many rows would leave. Nil for as many as the model's window has.
    package var longestWindow: Int?
    /// A day, whose end is meant, or a time, UTC: samples whose labels were not known by then are in no part. Nil for
    /// all.
    package var asOf: String?
    /// Exchange wall-clock times such as 2012-06-21T12:30:00 (times).
    package var validationFrom = ""
    /// Where the test span begins (times).
    package var testFrom = ""

    /// A split with the defaults of a recipe that names none.
    package init(
        kind: Kind = .time, test: Double = 0.2, validation: Double = 0.15, folds: Int = 5, fold: Int = 0,
        embargo: Int? = nil
    ) {
        self.kind = kind
        self.test = test
        self.validation = validation
        self.folds = folds
        self.fold = fold
        self.embargo = embargo
    }

    /// Reads a split; all keys have defaults but those of `times`.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String) throws {
        let reader = try ConfigReader(
            node, path: path,
            keys: [
                "kind", "test", "validation", "folds", "fold", "embargo", "longestWindow", "asOf", "validationFrom",
                "testFrom",
            ])
        self.init(
            kind: try reader.kind("kind", in: SplitKind.kinds, default: SplitKind.time.rawValue),
            test: try reader.double("test", default: 0.2, in: 0.01...0.9),
            validation: try reader.double("validation", default: 0.15, in: 0.01...0.9),
            folds: try reader.int("folds", default: 5, in: 2...1000),
            fold: try reader.int("fold", default: 0, in: 0...999),
            embargo: try reader.optionalInt("embargo", in: 0...1_000_000))
        guard fold < folds else {
            throw ConfigError(
                "found fold \(fold) of \(folds), expected 0 to \(folds - 1)", at: reader.value("fold")?.mark)
        }
        longestWindow = try reader.optionalInt("longestWindow", in: 1...100_000)
        asOf = try reader.optionalString("asOf")
        if let asOf, TimeText.parseKnownBy(asOf) == nil {
            throw ConfigError(
                "found '\(asOf)' for '\(reader.name("asOf"))', expected a day such as 2024-06-28",
                at: reader.value("asOf")?.mark)
        }
        guard kind == .times else { return }
        validationFrom = try SplitSpec.moment(reader, "validationFrom")
        testFrom = try SplitSpec.moment(reader, "testFrom")
    }

    private static func moment(_ reader: ConfigReader, _ key: String) throws -> String {
        let text = try reader.string(key)
        guard TimeText.parseWallClock(text) != nil else {
            throw ConfigError(
                "found '\(text)' for '\(reader.name(key))', expected a time such as 2012-06-21T12:30:00",
                at: reader.value(key)?.mark)
        }
        return text
    }

    /// The cuts of kind `times`, in UTC.
    package func cuts(zone name: String) throws -> (validation: Nanoseconds, test: Nanoseconds) {
        var zone = try ExchangeZone(name)
        func cut(_ text: String) throws -> Nanoseconds {
            guard let local = TimeText.parseWallClock(text) else {
                throw Failure("split.time", "found '\(text)', expected a time such as 2012-06-21T12:30:00")
            }
            return zone.utc(local)
        }
        let validation = try cut(validationFrom), test = try cut(testFrom)
        guard validation < test else {
            throw Failure(
                "split.order", "found validation from \(validationFrom) and test from \(testFrom)",
                hint: "the test span comes last")
        }
        return (validation, test)
    }

    /// What models and evaluations carry; reads back to an equal spec.
    package var json: JSONValue {
        .map(
            [
                ("kind", .string(kind.rawValue)), ("test", .double(test)), ("validation", .double(validation)),
                ("folds", .int(folds)), ("fold", .int(fold)),
            ] + (embargo.map { [("embargo", .int($0))] } ?? [])
                + (longestWindow.map { [("longestWindow", .int($0))] } ?? [])
                + (asOf.map { [("asOf", .string($0))] } ?? [])
                + (kind == .times
                    ? [("validationFrom", .string(validationFrom)), ("testFrom", .string(testFrom))] : []))
    }

    /// Positions of training and test among `count` ordered observations of one instrument whose labels reach `horizon`
    /// positions ahead: what purging by time comes to where nothing is missing and nothing interleaves.
    ///
    /// Purged k-fold drops a training position i when [i, i + h] meets [a, z + h], and `embargo` more after it
    /// (López de Prado 2018, ch. 7; vectors in the promotion-statistics specification, section 7).
    package func positions(count n: Int, horizon h: Int) -> (training: [Int], test: Range<Int>) {
        let span = kind.test(self, n), firstAfter = span.upperBound + h + (embargo ?? 0)
        let training = (0..<n).filter { $0 + h < span.lowerBound || (kind.learnsAfter && $0 >= firstAfter) }
        return (training, span)
    }
}
