package import Basics
import Tables

/// One answer of Yahoo's `v8/finance/chart` endpoint: bars, corporate actions, and what had to be left out.
package struct YahooChart: Sendable {
    /// A share became several, or several one.
    package struct Split: Sendable, Equatable {
        /// When it took effect.
        package var time: Nanoseconds
        /// Shares after it.
        package var numerator: Double
        /// Shares before it.
        package var denominator: Double
    }

    /// Cash that was paid on a share.
    package struct Dividend: Sendable, Equatable {
        /// When it went ex.
        package var time: Nanoseconds
        /// In the chart's currency.
        package var amount: Double
    }

    /// Bars without a missing price, in order of time.
    package var bars: BarTable
    /// ISO code, where the answer has one.
    package var currency: String?
    /// The interval, as the server writes it.
    package var granularity: String
    /// In order of time.
    package var splits: [Split] = []
    /// In order of time.
    package var dividends: [Dividend] = []
    /// What a fund paid out of its gains, in order of time.
    package var capitalGains: [Dividend] = []
    /// Null bars and stray stamps, by position in the answer.
    package var issues: [RowIssue] = []

    /// What the server said instead of bars.
    package struct ServerError: UserFacingError, Equatable {
        /// What was asked for.
        package let symbol: String
        /// As the server wrote it.
        package let serverCode: String
        /// Its explanation.
        package let text: String

        /// `yahoo.` and the server's code.
        package var code: String { "yahoo.\(serverCode.lowercased().split(separator: " ").joined(separator: "-"))" }
        /// Code and explanation.
        package var message: String { "the server answered '\(serverCode)' for \(symbol): \(text)" }
        /// What to do about the codes that are known.
        package var hint: String? {
            switch serverCode {
            case "Not Found": "check the ticker; delisted symbols have no history"
            case "Bad Request": "ask for another range: intraday bars reach back 60 days at most"
            default: nil
            }
        }
    }

    /// Decodes a body.
    ///
    /// Bars with any null price are left out and listed; a missing volume counts as 0. Times must increase; a stray
    /// last stamp (the live quote of another session) is left out when it is not on the interval's grid or repeats.
    ///
    /// - Throws: ``ServerError`` for an error body, ``Failure`` with code `yahoo.format` for anything that is no chart,
    ///   ``ConfigError`` for text that is not JSON.
    package static func decode(_ bytes: [UInt8], symbol: String, priceDecimals: Int = 4) throws -> YahooChart {
        let file = "chart of \(symbol)"
        let root = try JSONParser.parse(bytes, file: file)
        func malformed(_ what: String) -> Failure {
            Failure("yahoo.format", "\(what) in the \(file)", hint: "the server's format may have changed")
        }
        guard let chart = root[key: "chart"] else { throw malformed("found no 'chart'") }
        if let error = chart[key: "error"], !error.isNull {
            throw ServerError(
                symbol: symbol, serverCode: error[key: "code"]?.stringValue ?? "unknown",
                text: error[key: "description"]?.stringValue ?? "no description")
        }
        guard let result = chart[key: "result"]?.listValue?.first, let meta = result[key: "meta"] else {
            throw malformed("found no result")
        }
        let granularity = meta[key: "dataGranularity"]?.stringValue ?? "1d"
        let zone = meta[key: "exchangeTimezoneName"]?.stringValue ?? "UTC"
        var out = YahooChart(
            bars: BarTable(
                instrument: meta[key: "symbol"]?.stringValue ?? symbol, zone: zone,
                interval: Interval.parse(granularity) ?? 86_400_000_000_000, priceDecimals: priceDecimals),
            currency: meta[key: "currency"]?.stringValue, granularity: granularity)
        out.readEvents(result[key: "events"])
        guard let stamps = result[key: "timestamp"]?.listValue else { return out }
        guard let quote = result[path: "indicators.quote.0"] else { throw malformed("found no quotes") }
        var series: [String: [JSONValue]] = [:]
        for name in ["open", "high", "low", "close", "volume"] {
            guard let values = quote[key: name]?.listValue else {
                if name == "volume" { continue }
                throw malformed("found \(stamps.count) time stamps but no '\(name)'")
            }
            guard values.count == stamps.count else {
                throw malformed("found \(values.count) values of '\(name)' for \(stamps.count) time stamps")
            }
            series[name] = values
        }
        try out.readBars(stamps, series, file: file)
        return out
    }

    private mutating func readBars(_ stamps: [JSONValue], _ series: [String: [JSONValue]], file: String) throws {
        func leaveOut(_ index: Int, _ reason: String, kind: RowIssue.Kind = .value) {
            issues.append(
                RowIssue(
                    kind, mark: SourceMark(file: file, line: index + 1, column: 1), reason: reason, action: "left out"))
        }
        let isIntraday = bars.interval < 86_400_000_000_000
        for index in stamps.indices {
            guard let seconds = stamps[index].intValue, seconds.magnitude < BarTimeText.endOfTime else {
                leaveOut(index, "found \(stamps[index].kindName) as a time stamp")
                continue
            }
            let time = Int64(seconds) * 1_000_000_000
            var bar = Bar(time: time, open: 0, high: 0, low: 0, close: 0, volume: 0)
            var missing: String?
            for (name, target) in [("open", \Bar.open), ("high", \Bar.high), ("low", \Bar.low), ("close", \Bar.close)]
                as [(String, WritableKeyPath<Bar, Int64>)]
            {
                guard let value = series[name]?[index].doubleValue else { missing = missing ?? name; continue }
                do throws(FixedPoint.Problem) {
                    bar[keyPath: target] = try FixedPoint.scale(value, decimals: bars.priceDecimals)
                } catch { missing = missing ?? name }
            }
            if let missing {
                leaveOut(index, "found no value for '\(missing)' at \(TimeText.utc(time))")
                continue
            }
            if let volume = series["volume"]?[index].doubleValue, volume.isFinite, volume.magnitude < 9e18 {
                bar.volume = Int64(saturating: volume)
            }
            if let last = bars.time.last, time <= last {
                leaveOut(index, "found the time \(TimeText.utc(time)) after \(TimeText.utc(last))", kind: .order)
                continue
            }
            if isIntraday, time % bars.interval != 0 {
                leaveOut(
                    index,
                    "found a stamp off the \(Interval.text(bars.interval)) grid at \(TimeText.utc(time)) (a live quote)"
                )
                continue
            }
            bars.append(bar)
        }
    }

    private mutating func readEvents(_ events: JSONValue?) {
        for entry in events?[key: "splits"]?.mapValue ?? [] {
            if let time = entry.value[key: "date"]?.intValue, let up = entry.value[key: "numerator"]?.doubleValue,
                let down = entry.value[key: "denominator"]?.doubleValue, time.magnitude < BarTimeText.endOfTime
            {
                splits.append(Split(time: Int64(time) * 1_000_000_000, numerator: up, denominator: down))
            }
        }
        (dividends, capitalGains) = (payments(events?[key: "dividends"]), payments(events?[key: "capitalGains"]))
        splits.sort { $0.time < $1.time }
    }

    private func payments(_ events: JSONValue?) -> [Dividend] {
        let entries = events?.mapValue ?? []
        return entries.compactMap { entry -> Dividend? in
            guard let time = entry.value[key: "date"]?.intValue, let amount = entry.value[key: "amount"]?.doubleValue,
                time.magnitude < BarTimeText.endOfTime
            else { return nil }
            return Dividend(time: Int64(time) * 1_000_000_000, amount: amount)
        }.sorted { $0.time < $1.time }
    }
}
