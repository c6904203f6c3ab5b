import Basics
import MarketData
import Tables

/// Bars of several files, and what they say together.
struct FoundBars {
    private(set) var inferences: [Inference] = []
    private(set) var notes: [String] = []
    /// By instrument and file; times increase within one. Those of files that name no zone are wall clocks.
    private var times: [(stamps: [Nanoseconds], isWallClock: Bool)] = []
    /// Names of all.
    private var instruments: Set<String> = []
    private var priceDecimals = 0
    private var volumeDecimals = 0
    /// Rows with and without a volume.
    private var volumes = (there: 0, missing: 0)
    /// Of the first file that said so, by name of the inference.
    private var said: [String: (value: String, path: String)] = [:]

    /// Times of a file that are kept; enough to tell an interval and a calendar.
    private static let mostTimes = 200_000

    /// - Returns: rows of the file.
    mutating func add(_ file: any FoundFile, path: String) throws -> Int {
        // Without a zone the sessions of all calendars decide, not what the file alone lets guess.
        for inference in file.inferences where !(file.isZoneAssumed && inference.name == "zone") {
            if let other = said[inference.name] {
                guard other.value == inference.value || inference.name == "decimals" else {
                    throw Failure(
                        "data.contradiction",
                        "found \(inference.name) \(other.value) in '\(other.path)' and \(inference.value) in '\(path)'",
                        hint: "describe them apart: hftml data sniff '\(path)'")
                }
                continue
            }
            said[inference.name] = (inference.value, path)
            inferences.append(inference)
        }
        for note in file.notes where !notes.contains(note) { notes.append(note) }
        let source = try file.read(.bars)
        for field in source.fields {
            guard case .decimal(let scale) = field.type else { continue }
            if field.name == "close" { priceDecimals = max(priceDecimals, scale) }
            if field.name == "volume" { volumeDecimals = max(volumeDecimals, scale) }
        }
        var rows = 0, series: [String: [Nanoseconds]] = [:]
        while let chunk = try source.next() {
            rows += chunk.rowCount
            if let volume = chunk["volume"] {
                volumes.missing += volume.validity.nullCount
                volumes.there += chunk.rowCount - volume.validity.nullCount
            }
            guard rows <= FoundBars.mostTimes, case .int64(let stamps)? = chunk["time"]?.values,
                case .text(let names)? = chunk["instrument"]?.values
            else { continue }
            // Codes begin anew in every chunk; names do not.
            var parts = [[Nanoseconds]](repeating: [], count: names.values.count)
            for row in 0..<chunk.rowCount { parts[Int(names.codes[row])].append(stamps[row]) }
            for (name, part) in zip(names.values, parts) where !part.isEmpty { series[name, default: []] += part }
        }
        instruments.formUnion(series.keys)
        times += series.keys.sorted().compactMap { key in
            series[key].map { ($0.sorted(), file.isZoneAssumed) }
        }
        return rows
    }

    /// The market file that reads them.
    mutating func market(zone: String?) throws -> MarketSpec {
        var market = MarketSpec()
        let found = times.compactMap { BarSpacing.commonest($0.stamps)?.gap }
        guard let interval = found.first else {
            throw Failure(
                "data.contradiction", "found too few bars to tell their interval",
                hint: "write market.yaml by hand: interval: 5m")
        }
        if let other = found.first(where: { $0 != interval }) {
            throw Failure(
                "data.contradiction", "found bars \(Interval.text(interval)) and bars \(Interval.text(other)) apart",
                hint: "describe files of one interval at a time")
        }
        market.interval = interval
        if said["interval"] == nil {
            inferences.append(
                Inference(
                    "interval", Interval.text(interval), evidence: "the commonest time between neighbouring bars",
                    confidence: 0.99))
        }
        (market.priceDecimals, market.volumeDecimals) = (
            min(priceDecimals, MarketSpec.mostDecimals), min(volumeDecimals, MarketSpec.mostDecimals)
        )
        try guessCalendar(&market)
        if let zone = zone ?? said["zone"]?.value, ExchangeZone.isKnown(zone) { market.zone = zone }
        market.files.stamp = said["stampSide"].flatMap { CSVOptions.StampSide(rawValue: $0.value) }
        try requireStamps(&market)
        guessSide(&market)
        market.files.isVolumeAbsent = volumes.there == 0 && volumes.missing > 0
        return market
    }

    /// Stamps that features would refuse as those of the close are described as those of the close.
    private mutating func requireStamps(_ market: inout MarketSpec) throws {
        guard market.files.stamp == .open, let longest = times.max(by: { $0.stamps.count < $1.stamps.count }) else {
            return
        }
        var zone = try ExchangeZone(market.zone)
        let stamps = longest.isWallClock ? longest.stamps.map { zone.utc($0) } : longest.stamps
        guard case .stampedAtClose(let sessions, let all, _)? = try? SessionFit.contradiction(stamps, to: market) else {
            return
        }
        market.files.stamp = .close
        inferences.removeAll { $0.name == "stampSide" }
        inferences.append(
            Inference(
                "stampSide", "close",
                evidence: "a bar stands at the close and none at the open on \(sessions) of \(all) sessions",
                confidence: 0.95))
    }

    /// Bids and asks of an instrument are one series; the mid is written, and what else may be meant is said.
    private mutating func guessSide(_ market: inout MarketSpec) {
        let sides = Dictionary(grouping: instruments.compactMap(PriceSides.split), by: \.base)
        guard let pair = sides.first(where: { Set($0.value.map(\.side)).count > 1 }) else { return }
        market.files.side = .mid
        market.priceDecimals = min(market.priceDecimals + 1, MarketSpec.mostDecimals)
        inferences.append(
            Inference(
                "side", PriceSides.Side.mid.rawValue,
                evidence: "bids and asks of \(pair.key) lie in a file each; bid or ask may be meant", confidence: 0.5))
    }

    /// The calendar whose sessions hold the bars and are filled by them best; of wall clocks it says the zone, too.
    private mutating func guessCalendar(_ market: inout MarketSpec) throws {
        guard let longest = times.max(by: { $0.stamps.count < $1.stamps.count }) else { return }
        var best: (name: String, zone: String, fit: CalendarFit)?
        for entry in MarketCalendar.kinds.entries where market.interval < 86_400_000_000_000 {
            var zone = try ExchangeZone(entry.value.zone)
            let stamps = longest.isWallClock ? longest.stamps.map { zone.utc($0) } : longest.stamps
            guard let fit = try? CalendarFit(stamps, interval: market.interval, calendar: entry.name) else { continue }
            if fit.score > (best?.fit.score ?? 0) { best = (entry.name, zone.name, fit) }
        }
        let evidence: String, confidence: Double
        if let best {
            market.calendar = .named(best.name)
            if said["zone"] == nil { market.zone = best.zone }
            evidence =
                "\(percent(best.fit.inside, 1)) of the bars lie in its sessions, of whose bars "
                + "\(percent(best.fit.filled, 1)) are there"
            confidence = min(0.99, best.fit.score)
        } else {
            // Bars of a day lie at no time of day.
            (evidence, confidence) = ("nothing in the file says it: the usual one is written", 0.1)
        }
        let name = market.calendar.json.stringValue ?? ""
        inferences.append(Inference("calendar", name, evidence: evidence, confidence: confidence))
        guard said["zone"] == nil, longest.isWallClock || best == nil else { return }
        let reason = best == nil ? evidence : "read so, the bars fit the sessions of \(name) best"
        inferences.append(Inference("zone", market.zone, evidence: reason, confidence: confidence))
    }
}

/// How well bars and a calendar fit.
private struct CalendarFit {
    /// Share of the bars that lie in sessions, with the hours before and after.
    let inside: Double
    /// Share of the bars of sessions between the first and the last bar that are there.
    let filled: Double
    /// Share of the bars that lie in regular trading.
    private let regular: Double
    /// From 0 to 1, where every bar is in regular trading and none is missing: of two markets that hold all bars, the
    /// one that promises more of them.
    var score: Double { (0.9 * inside + 0.1 * regular) * filled }

    init(_ times: [Nanoseconds], interval: Nanoseconds, calendar name: String) throws {
        var calendar = try TradingCalendar(name)
        var inside = 0, count = 0, expected = 0, last: CivilDate?
        for time in times {
            guard let session = try calendar.owner(of: time) else { continue }
            let isRegular = session.contains(time)
            // Bars before and after the session belong to it, and are promised by nobody.
            guard isRegular || session.isExtended(time) else { continue }
            inside += 1
            guard isRegular else { continue }
            count += 1
            // Days without any bar are holidays of some other market, or gaps: they do not count against it.
            if session.label != last { expected += session.bars(of: interval) }
            last = session.label
        }
        self.inside = Double(inside) / Double(max(times.count, 1))
        regular = Double(count) / Double(max(times.count, 1))
        filled = Double(count) / Double(max(expected, count, 1))
    }
}
