import Basics
import Tables

/// What the names around a file of LEAN's layout say: `minute/aapl/20140606_trade.zip`, `daily/aapl.zip`, and of the
/// member `20140606_aapl_minute_trade.csv` or `20131007_ibm_Trade_Tick.csv`.
struct LEANNames {
    /// Length of a bar, or none.
    enum Resolution: String, CaseIterable {
        case tick, second, minute, hour, daily

        /// Of a bar; 0 of ticks.
        var nanoseconds: Nanoseconds {
            switch self {
            case .tick: 0
            case .second: 1_000_000_000
            case .minute: 60_000_000_000
            case .hour: 3_600_000_000_000
            case .daily: 86_400_000_000_000
            }
        }
    }

    enum Side: String, CaseIterable { case trade, quote }

    /// A fact and who says it.
    struct Said<Value: Equatable> {
        let value: Value
        let by: String
    }

    private(set) var resolution: Said<Resolution>?
    private(set) var side: Said<Side>?
    private(set) var ticker: Said<String>?
    private(set) var date: Said<CivilDate>?

    /// Whether the names are such as only LEAN writes: day and kind.
    var isLayout: Bool { date != nil && side != nil }

    /// - Parameter member: name inside a zip archive; nil for a plain file.
    /// - Throws: ``Failure`` with code `data.lean` where two names contradict each other, or say that this is another
    ///   kind of instrument.
    init(path: String, member: String?) throws {
        // From inside a folder its name is not in the path that was typed.
        let parts = Paths.absolute(path).split(separator: "/").map { String($0) }
        try readFile(LEANNames.stem(parts.last ?? path), by: "the file's name", path)
        try readFolders(parts, path)
        if let member {
            let name = member.split(separator: "/").last.map(String.init) ?? member
            try readFile(LEANNames.stem(name), by: "its member '\(name)'", path)
            // Of a daily or hourly file the member is called as the ticker is.
            if date == nil, ticker == nil || resolution != nil {
                try add(\.ticker, LEANNames.stem(name).lowercased(), by: "its member '\(name)'", path)
            }
        }
    }

    private mutating func readFile(_ stem: String, by source: String, _ path: String) throws {
        let words = stem.lowercased().split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        guard words.count >= 2, let day = words.first.flatMap(LEANDate.parse) else { return }
        let rest = words.dropFirst()
        let sides = rest.compactMap { Side(rawValue: $0) }
        guard let side = sides.first, rest.suffix(2).contains(side.rawValue) else { return }
        try add(\.date, day, by: source, path)
        try add(\.side, side, by: source, path)
        guard words.count >= 4 else { return }
        if let resolution = rest.suffix(2).compactMap({ Resolution(rawValue: $0) }).first {
            try add(\.resolution, resolution, by: source, path)
        }
        try add(\.ticker, rest.dropLast(2).joined(separator: "_"), by: source, path)
    }

    /// Folders that say how long bars are, and in their place before them kind and market.
    private mutating func readFolders(_ parts: [String], _ path: String) throws {
        let folders = parts.dropLast().map { $0.lowercased() }
        var depth: Int?
        if let last = folders.last, let resolution = Resolution(rawValue: last),
            resolution == .hour || resolution == .daily
        {
            try add(\.resolution, resolution, by: "the folder '\(last)'", path)
            try add(\.ticker, LEANNames.stem(parts[parts.count - 1]).lowercased(), by: "the file's name", path)
            depth = folders.count - 1
        } else if folders.count >= 2, date != nil, let resolution = Resolution(rawValue: folders[folders.count - 2]) {
            try add(\.resolution, resolution, by: "the folder '\(folders[folders.count - 2])'", path)
            try add(\.ticker, folders[folders.count - 1], by: "the folder '\(folders[folders.count - 1])'", path)
            depth = folders.count - 2
        }
        guard let depth, depth >= 2, LEANNames.kinds.contains(folders[depth - 2]) else { return }
        guard folders[depth - 2] == "equity", folders[depth - 1] == "usa" else {
            throw Failure(
                "data.lean",
                "found the folders '\(folders[depth - 2])/\(folders[depth - 1])' around '\(path)', expected "
                    + "'equity/usa'",
                hint: "other instruments have other scales and zones; export them as CSV")
        }
    }

    /// Folders of kinds of instruments.
    private static let kinds = [
        "equity", "crypto", "cryptofuture", "forex", "cfd", "future", "futureoption", "option", "index", "indexoption",
    ]

    private mutating func add<Value: Equatable>(
        _ fact: WritableKeyPath<LEANNames, Said<Value>?>, _ value: Value, by source: String, _ path: String
    ) throws {
        guard let known = self[keyPath: fact] else {
            self[keyPath: fact] = Said(value: value, by: source)
            return
        }
        guard known.value != value else { return }
        throw Failure(
            "data.lean", "found '\(known.value)' by \(known.by) of '\(path)' but '\(value)' by \(source)",
            hint: "one of the names is wrong: rename the file, or fetch it again")
    }

    /// A file's name without the endings of archives and tables.
    static func stem(_ name: String) -> String {
        var stem = Substring(name)
        for ending in [".gz", ".zip", ".csv"] where stem.lowercased().hasSuffix(ending) {
            stem = stem.dropLast(ending.count)
        }
        return String(stem)
    }
}

/// Days as LEAN writes them.
enum LEANDate {
    /// `20140606`; nil for anything else and for years whose nanoseconds do not fit 64 bits.
    static func parse(_ text: String) -> CivilDate? {
        guard text.utf8.count == 8, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
            return nil
        }
        let date = CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
        return (1900...2200).contains(date.year) && date.isValid ? date : nil
    }

    /// `20140606`.
    static func text(_ date: CivilDate) -> String { date.description.filter { $0 != "-" } }
}
