package import Basics
package import Tables

/// Files of Nasdaq's TotalView-ITCH 5.0: messages behind their lengths.
package enum ITCHFormat: FileFormat {
    /// Messages that are looked at.
    private static let looked = 64
    /// Longest time after midnight that a message may have.
    static let latest: UInt64 = 172_800_000_000_000

    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        guard isITCH(head) else { return nil }
        return try ITCHFile(path)
    }

    /// Whether the first messages have lengths of their types and times of a day.
    private static func isITCH(_ head: [UInt8]) -> Bool {
        head.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            var at = 0, count = 0
            while count < looked {
                let fault = ITCHFraming.Fault(base + at, bytes.count - at)
                guard fault == nil else {
                    // Where the head ends, or the file, less has to do.
                    return count >= (at == bytes.count || fault == .end ? 1 : fault == .cut ? 2 : 3)
                }
                let message = ITCHMessage(base + at + 2)
                guard message.time < latest else { return false }
                at += 2 + ITCHLayout.length(message.type)
                count += 1
            }
            return true
        }
    }

    /// The day that a name such as `01302019.NASDAQ_ITCH50.gz`, `S013019-v50.txt`, `20190130.itch` or `2019-01-30.bin`
    /// says.
    package static func date(of name: String) -> CivilDate? {
        func date(_ year: Substring, _ month: Substring, _ day: Substring) -> CivilDate? {
            guard let y = Int(year), let m = Int(month), let d = Int(day), (1990...2099).contains(y) else { return nil }
            let date = CivilDate(year: y, month: m, day: d)
            return date.isValid ? date : nil
        }
        let joined = name.split(separator: "-", omittingEmptySubsequences: false)
        for index in joined.indices.dropLast(2) {
            let year = joined[index].suffix(4), month = joined[index + 1],
                day = joined[index + 2].prefix { $0.isNumber }
            if month.count == 2, day.count == 2, let date = date(year, month, day) { return date }
        }
        for run in name.split(whereSeparator: { !$0.isASCII || !$0.isNumber }) {
            let a = run.prefix(2), b = run.dropFirst(2).prefix(2)
            if run.count == 8 {
                if let date = date(run.prefix(4), run.dropFirst(4).prefix(2), run.suffix(2)) { return date }
                if let date = date(run.suffix(4), a, b) { return date }
            }
            let isMarked = run.startIndex > name.startIndex && name[name.index(before: run.startIndex)] == "S"
            if run.count == 6, isMarked, let date = date("20" + run.suffix(2), a, b) { return date }
        }
        return nil
    }
}

/// An ITCH file that was found at a path.
package struct ITCHFile: FoundFile {
    package let kindName = "Nasdaq ITCH 5.0"
    package let tables: [CanonicalKind] = [.bookChanges, .trades]
    package let notes: [String]
    let path: String
    /// In New York; nil where nothing says it.
    package let date: CivilDate?
    /// What its messages before the first order say.
    package let directory: ITCHDirectory

    /// - Parameter date: of the file, where its name does not say it.
    /// - Throws: ``FileError``, ``Failure`` for a file that is damaged at its front.
    package init(_ path: String, date: CivilDate? = nil) throws {
        self.path = path
        let named = ITCHFormat.date(of: Paths.name(path))
        self.date = date ?? named
        directory = try ITCHDirectory(front: path)
        var notes: [String] = []
        if let date = self.date {
            notes.append(
                "times are nanoseconds after midnight in \(ITCHRows.zone) on \(date), "
                    + (named == date ? "the date of the file's name" : "the date that was given"))
        } else {
            notes.append(
                "nothing says the date: times count from 1970-01-01T00:00:00 in place of midnight in "
                    + "\(ITCHRows.zone); name the file like 01302019.NASDAQ_ITCH50 to have dates")
        }
        notes.append("prices are dollars × 10,000; sizes are shares; ids of trades are Nasdaq's match numbers")
        if !directory.instruments.isEmpty {
            notes.append("the directory at its front has \(directory.instruments.count) instruments")
        }
        let tests = directory.testInstruments.sorted()
        if !tests.isEmpty {
            notes.append(
                "left out: \(tests.count) test instrument\(tests.count == 1 ? "" : "s") "
                    + "(\(tests.prefix(8).joined(separator: ", ")))")
        }
        notes.append(
            directory.isComplete
                ? "it begins with the day: an order that was never added is an error"
                : "it does not begin with the day: orders from before it have no side and no price")
        notes.append(
            "trades leave out executions that the auction prints again; broken trades are rows of the condition broken")
        self.notes = notes
    }

    package func read(_ table: CanonicalKind) throws -> any ChunkSource {
        guard tables.contains(table) else {
            throw Failure(
                "data.format", "found ITCH messages in '\(path)', which have no \(table.rawValue)",
                hint: "read it as \(tables.map(\.rawValue).joined(separator: ", "))")
        }
        return try ITCHRows(self, table)
    }
}

/// What the stock directory of a feed says.
package struct ITCHDirectory: Sendable {
    /// An instrument of the day.
    package struct Instrument: Sendable, Equatable {
        /// Without the spaces behind it.
        package let ticker: String
        /// Shares.
        package let roundLot: Int
        /// `1`, `2` or empty: how far a price may move.
        package let tier: String
        /// Whether it is an exchange-traded product.
        package let isETP: Bool
        /// Made for tests of the feed; nothing of it is real.
        package let isTest: Bool
    }

    /// By locate number.
    package private(set) var instruments: [UInt16: Instrument] = [:]
    /// Whether the file begins with the start of the day's messages.
    package private(set) var isComplete = false
    /// Messages of each type that were looked at.
    package private(set) var counts: [UInt8: Int] = [:]

    /// Messages before the first order that are looked at: a day has about 12,000 instruments, each with four.
    private static let most = 100_000

    init() {}

    /// - Throws: as ``ITCHStream/next()``.
    init(front path: String) throws {
        let stream = try ITCHStream(path)
        while stream.number < ITCHDirectory.most, let message = try stream.next() {
            if "AFU".utf8.contains(message.type) { return }
            counts[message.type, default: 0] += 1
            if stream.number == 1, message.text("code") == "O" { isComplete = true }
            add(message)
        }
    }

    /// Takes a message of the directory; others change nothing.
    mutating func add(_ message: ITCHMessage) {
        guard message.type == UInt8(ascii: "R") else { return }
        instruments[message.locate] = Instrument(
            ticker: message.text(11, 8), roundLot: Int(message.u32(21)), tier: message.text(32, 1),
            isETP: message.u8(33) == UInt8(ascii: "Y"), isTest: message.u8(29) == UInt8(ascii: "T"))
    }

    /// Tickers that are no real instruments.
    package var testInstruments: [String] { instruments.values.filter(\.isTest).map(\.ticker) }
}
