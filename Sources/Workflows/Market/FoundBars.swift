import Basics
import MarketData
import Tables

/// Bars of several files, and what they say together.
struct FoundBars {
    private(set) var inferences: [Inference] = []
    private(set) var notes: [String] = []
    /// Times of one instrument in one file, increasing. Those of files that name no zone are wall clocks.
    private struct Series {
        let path: String
        let stamps: [Nanoseconds]
        let isWallClock: Bool
        /// Whether the file names no zone, and somebody said one.
        let isZoneSaid: Bool
    }
    private var series: [Series] = []
    /// Names of all.
    private var instruments: Set<String> = []
    private var rows = 0
    /// The most that any file has, and which one that is.
    private var priceDecimals = (most: 0, path: "")
    private var volumeDecimals = (most: 0, path: "")
    /// Rows with and without a volume.
    private var volumes = (there: 0, missing: 0)
    /// Of the first file that said so, by name of the inference.
    private var said: [String: (value: String, path: String)] = [:]

    /// Times of a file that are kept; enough to tell an interval and a calendar.
    private static let mostTimes = 200_000

    /// - Parameter isZoneSaid: whether the file names no zone, and somebody said one.
    /// - Returns: rows of the file.
    mutating func add(_ file: any FoundFile, path: String, isZoneSaid: Bool = false) throws -> Int {
        try add(file.inferences, isZoneAssumed: file.isZoneAssumed, path: path)
        // The zone is found from the sessions, or named as what is missing: nothing is shown as UTC here.
        for note in file.notes where !notes.contains(note) && !note.contains("as if they were UTC") {
            notes.append(note)
        }
        let source = try file.read(.bars)
        for field in source.fields {
            guard case .decimal(let scale) = field.type else { continue }
            if field.name == "close", scale >= priceDecimals.most { priceDecimals = (scale, path) }
            if field.name == "volume", scale >= volumeDecimals.most { volumeDecimals = (scale, path) }
        }
        var rows = 0, parts: [String: [Nanoseconds]] = [:]
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
            var found = [[Nanoseconds]](repeating: [], count: names.values.count)
            for row in 0..<chunk.rowCount { found[Int(names.codes[row])].append(stamps[row]) }
            for (name, found) in zip(names.values, found) where !found.isEmpty { parts[name, default: []] += found }
        }
        instruments.formUnion(parts.keys)
        series += parts.keys.sorted().compactMap { key in
            parts[key].map {
                Series(path: path, stamps: $0.sorted(), isWallClock: file.isZoneAssumed, isZoneSaid: isZoneSaid)
            }
        }
        self.rows += rows
        return rows
    }

    private mutating func add(_ found: [Inference], isZoneAssumed: Bool, path: String) throws {
        // Without a zone the sessions of all calendars decide, not what the file alone lets guess.
        for inference in found where !(isZoneAssumed && inference.name == "zone") {
            guard let other = said[inference.name] else {
                said[inference.name] = (inference.value, path)
                inferences.append(inference)
                continue
            }
            guard other.value == inference.value || inference.name == "decimals" else {
                throw Failure(
                    "data.contradiction",
                    "found \(inference.name) \(other.value) in '\(other.path)' and \(inference.value) in '\(path)'",
                    hint: "describe them apart: hftml data sniff '\(path)'")
            }
        }
    }

    /// The market file that reads them.
    mutating func market(zone: String?) throws -> MarketSpec {
        var market = MarketSpec()
        market.interval = try interval()
        addDecimals(&market)
        let longest = try guessCalendar(&market, zone: zone)
        if let zone = zone ?? said["zone"]?.value, ExchangeZone.isKnown(zone) { market.zone = zone }
        try addZone(market, longest, zone: zone)
        market.files.stamp = said["stampSide"].flatMap { CSVOptions.StampSide(rawValue: $0.value) }
        if let longest { try requireStamps(&market, longest.0) }
        guessSide(&market)
        market.files.isVolumeAbsent = volumes.there == 0 && volumes.missing > 0
        if market.files.isVolumeAbsent {
            inferences.append(
                Inference("volume", "absent", evidence: "no row of \(rows) has one", confidence: 0.99))
        }
        return market
    }

    /// Stamps that features would refuse as those of the close are described as those of the close.
    private mutating func requireStamps(_ market: inout MarketSpec, _ longest: Series) throws {
        guard market.files.stamp == .open else { return }
        var zone = try ExchangeZone(market.zone)
        let stamps = longest.isWallClock ? longest.stamps.map { zone.utc($0) } : longest.stamps
        guard case .stampedAtClose(let sessions, let all, _)? = try? SessionFit.contradiction(stamps, to: market) else {
            return
        }
        market.files.stamp = .close
        inferences.removeAll { $0.name == "stampSide" }
        // What was assumed of single files is known better now.
        notes.removeAll { $0.hasPrefix("stamps are taken as the start of bars") }
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
        inferences.removeAll { $0.name == "priceDecimals" }
        inferences.append(
            Inference(
                "priceDecimals", "\(market.priceDecimals)",
                evidence: "one more than the prices have: the mid of two may lie between them", confidence: 0.99))
        inferences.append(
            Inference(
                "side", PriceSides.Side.mid.rawValue,
                evidence: "bids and asks of \(pair.key) lie in a file each; bid or ask may be meant", confidence: 0.5))
    }

    private mutating func interval() throws -> Nanoseconds {
        let found = series.compactMap { item in BarSpacing.commonest(item.stamps).map { (gap: $0.gap, item: item) } }
        guard let first = found.first else {
            // Few bars tell it where their stamps or names do.
            if let text = said["interval"]?.value, let interval = Interval.parse(text) { return interval }
            throw Failure(
                "data.contradiction", "found too few bars to tell their interval",
                hint: "write market.yaml by hand: interval: 5m")
        }
        if let other = found.first(where: { $0.gap != first.gap }) {
            throw Failure(
                "data.contradiction",
                "found bars of \(Interval.text(first.gap)) in '\(first.item.path)' and of \(Interval.text(other.gap)) "
                    + "in '\(other.item.path)'", hint: "describe files of one interval at a time")
        }
        if said["interval"] == nil {
            inferences.append(
                Inference(
                    "interval", Interval.text(first.gap), evidence: "the commonest time between neighbouring bars",
                    confidence: 0.99))
        }
        return first.gap
    }

    /// Prices and volumes keep what the longest of them needs, as far as a market file goes.
    private mutating func addDecimals(_ market: inout MarketSpec) {
        func add(_ name: String, _ found: (most: Int, path: String), of what: String) -> Int {
            let kept = min(found.most, MarketSpec.mostDecimals)
            inferences.append(
                Inference(
                    name, "\(kept)",
                    evidence: kept < found.most
                        ? "\(what) have up to \(found.most) decimals in '\(Paths.name(found.path))', the digits of "
                            + "binary fractions: they are rounded"
                        : "no \(what == "prices" ? "price" : "volume") needs more",
                    confidence: kept < found.most ? 0.7 : 0.99))
            return kept
        }
        market.priceDecimals = add("priceDecimals", priceDecimals, of: "prices")
        market.volumeDecimals = add("volumeDecimals", volumeDecimals, of: "volumes")
    }

    /// The calendar whose sessions hold the bars and are filled by them best; of wall clocks it says the zone, too.
    ///
    /// - Returns: the longest series, by which it was found.
    private mutating func guessCalendar(_ market: inout MarketSpec, zone: String?) throws -> (Series, CalendarFit)? {
        guard let longest = series.max(by: { $0.stamps.count < $1.stamps.count }) else { return nil }
        let interval = market.interval
        func fit(_ item: Series, _ name: String) -> CalendarFit? {
            try? CalendarFit(item.stamps, isWallClock: item.isWallClock, interval: interval, calendar: name)
        }
        // The first of those that fit alike: the table begins with the commonest.
        var fits: [CalendarFit] = []
        for name in MarketCalendar.kinds.names {
            guard let found = fit(longest, name), found.score > 0 else { continue }
            fits.insert(found, at: fits.firstIndex { $0.score < found.score } ?? fits.endIndex)
        }
        guard let best = fits.first, interval < 86_400_000_000_000 || best.score >= FoundBars.leastScore else {
            let usual = market.calendar.json.stringValue ?? ""
            let closest = fits.first.map { "no calendar fits, the closest is \($0.name): \($0.evidence)" }
            inferences.append(
                Inference(
                    "calendar", usual,
                    evidence: (closest ?? "nothing in the file says it") + "; the usual one is written", confidence: 0.1
                ))
            return nil
        }
        market.calendar = .named(best.name)
        if said["zone"] == nil { market.zone = best.zone }
        var evidence = best.evidence, confidence = min(0.99, best.score)
        let alike = fits.dropFirst().filter { best.score - $0.score < 0.002 }.map(\.name)
        if !alike.isEmpty {
            evidence += "; \(alike.joined(separator: ", ")) fits as well"
            confidence = min(confidence, 1 / Double(alike.count + 1))
        } else if let second = fits.dropFirst().first {
            evidence +=
                "; the next best is \(second.name): \(percent(second.score, 1)) instead of \(percent(best.score, 1))"
        }
        inferences.append(Inference("calendar", best.name, evidence: evidence, confidence: confidence))
        for other in series where other.path != longest.path && other.stamps.count >= FoundBars.fewestTimes {
            guard let found = fit(other, best.name), found.inside < FoundBars.leastInside else { continue }
            throw Failure(
                "data.contradiction",
                "found bars of \(best.name) in '\(longest.path)', and of another market in '\(other.path)': "
                    + "\(found.evidence)", hint: "describe them apart: hftml data sniff '\(other.path)'")
        }
        return (longest, best)
    }

    /// Below it daily bars are of no market that is known.
    private static let leastScore = 0.8
    /// Below it bars are of another market than the longest file's.
    private static let leastInside = 0.5
    /// Fewer bars than this say nothing of a market.
    private static let fewestTimes = 20

    /// Why the zone is what it is, and which stamps it leaves open.
    private mutating func addZone(
        _ market: MarketSpec, _ found: (series: Series, fit: CalendarFit)?, zone: String?
    ) throws {
        var changes = ""
        for item in series where changes.isEmpty && (item.isWallClock || item.isZoneSaid) {
            changes = try ClockChanges(item.stamps, isWallClock: item.isWallClock, zone: market.zone).text
        }
        let name = market.calendar.json.stringValue ?? ""
        if let zone {
            inferences.append(
                Inference("zone", zone, evidence: "it was said with --zone" + changes, confidence: 1))
        } else if let index = inferences.lastIndex(where: { $0.name == "zone" }) {
            let before = inferences[index]
            inferences[index] = Inference(
                "zone", before.value, evidence: before.evidence + changes, confidence: before.confidence)
        } else if let found {
            let sure = inferences.last { $0.name == "calendar" }?.confidence ?? found.fit.score
            inferences.append(
                Inference(
                    "zone", market.zone,
                    evidence: (found.series.isWallClock
                        ? "read so, the bars fit the calendar \(name) best" : "it is that of the calendar \(name)")
                        + changes, confidence: sure))
        } else {
            inferences.append(
                Inference(
                    "zone", market.zone, evidence: "nothing in the file says it: the usual one is written" + changes,
                    confidence: 0.1))
        }
    }
}
