import Basics

extension CSVPlan {
    mutating func length(_ survey: CSVSurvey, _ options: CSVOptions) throws {
        let found = try survey.cadence.interval(survey.path)
        if let given = options.interval {
            interval = CSVCadence.Interval(length: given)
            if let found, found.interval.length < given, found.interval.months == 0 {
                throw refuse(
                    "data.cadence",
                    "\(survey.path): found bars of \(found.interval.text), expected "
                        + "\(CSVCadence.Interval(length: given).text)",
                    "correct the interval")
            }
            return
        }
        let day: Int64 = 86_400_000_000_000
        if var found {
            // Few daily bars may have a weekend between them.
            if found.interval.months == 0, survey.rows < 10, survey.onMidnight,
                (2 * day...5 * day).contains(found.interval.length)
            {
                found = (CSVCadence.Interval(length: day), 0.6)
            }
            interval = found.interval
            inferences.append(
                Inference(
                    "interval", found.interval.text, evidence: "the commonest step between neighbouring rows",
                    confidence: min(0.99, 0.5 + found.share / 2)))
        } else if let step = survey.closeStep {
            // The end is the last moment of the bar, or the first behind it.
            let rounded =
                step % 1000 == 999 || step % 1_000_000_000 != 0 ? step.saturatingPlus(max(1, rules.unit)) : step
            interval = CSVCadence.Interval(length: rounded)
            inferences.append(
                Inference(
                    "interval", CSVCadence.Interval(length: rounded).text, evidence: "time of open and close",
                    confidence: 0.95))
        } else {
            interval = CSVCadence.Interval(length: day)
            let isDate = survey.onMidnight
            notes.append(
                isDate
                    ? "one date cannot say how long bars are: taken as a day"
                    : "one row cannot say how long bars are: taken as known a day after their start")
            inferences.append(
                Inference("interval", "1d", evidence: "no two rows follow each other", confidence: isDate ? 0.6 : 0.1))
        }
    }

    /// Sessions of exchanges on their wall clocks, in minutes.
    private static let exchanges: [(zone: String, open: Int64, close: Int64)] = [
        ("America/New_York", 570, 960), ("Asia/Kolkata", 555, 930), ("Europe/London", 480, 990),
        ("Asia/Shanghai", 570, 900),
    ]

    /// The exchange whose session the rows of most days fill, and which end of a bar its stamps are then.
    private func session(_ survey: CSVSurvey) -> (zone: String, side: CSVOptions.StampSide, share: Double)? {
        guard let interval, interval.months == 0, interval.length < 4 * 3_600_000_000_000, survey.sessions.days >= 3,
            let usual = survey.sessions.usual, usual.share >= 0.5
        else { return nil }
        for (zone, open, close) in CSVPlan.exchanges {
            let (open, close) = (open * 60_000_000_000, close * 60_000_000_000)
            if usual.first == open, usual.last == close - interval.length { return (zone, .open, usual.share) }
            if usual.first == open + interval.length, usual.last == close { return (zone, .close, usual.share) }
        }
        return nil
    }

    mutating func side(_ survey: CSVSurvey, _ options: CSVOptions) {
        isLastMoment = layout.time.isClose && options.stampSide != .open && survey.onLastMoment
        if isLastMoment { notes.append("stamps are the last moment of bars: the next one is taken as their end") }
        if let side = options.stampSide {
            stampSide = side
            if side == .open, layout.time.isClose {
                notes.append(
                    "the column '\(layout.name(layout.time.date))' is taken as the start of bars, as was said; its "
                        + "name "
                        + "says the end")
            }
        } else if layout.time.isClose {
            stampSide = .close
            inferences.append(
                Inference(
                    "stampSide", "close", evidence: "the column is named '\(layout.name(layout.time.date))'",
                    confidence: 0.95))
        } else if let session = session(survey), rules.unit == 0 {
            stampSide = session.side
            inferences.append(
                Inference(
                    "stampSide", session.side.rawValue,
                    evidence:
                        "most days run from the first to the last bar of a session of \(session.zone) when stamped so",
                    confidence: min(0.95, 0.5 + session.share / 2)))
            if session.side == .close {
                notes.append("bars are stamped at their end: most days run to the end of the session")
            }
        } else {
            notes.append("stamps are taken as the start of bars; the file does not say so")
            inferences.append(
                Inference("stampSide", "open", evidence: "the usual side; nothing in the file says it", confidence: 0.6)
            )
        }
    }

    mutating func zones(_ survey: CSVSurvey, _ options: CSVOptions) {
        guard options.zone == nil, !rules.hasOffset, rules.unit == 0 else {
            if rules.hasOffset || rules.unit > 0 {
                inferences.append(
                    Inference(
                        "zone", "UTC",
                        evidence: rules.unit > 0 ? "times count from 1970 in UTC" : "every time has its offset",
                        confidence: 1))
            }
            return
        }
        if layout.time.isUTC {
            inferences.append(
                Inference(
                    "zone", "UTC", evidence: "the column is named '\(layout.name(layout.time.date))'", confidence: 0.95)
            )
            return
        }
        isZoneAssumed = true
        notes.append("times have no zone: shown as if they were UTC; say theirs with --zone or --market")
        if let session = layout.kind == .bars ? session(survey) : nil {
            inferences.append(
                Inference(
                    "zone", session.zone, evidence: "most days run from its open to its close",
                    confidence: session.share * 0.8))
        } else {
            inferences.append(Inference("zone", "UTC", evidence: "nothing in the file says a zone", confidence: 0.2))
        }
    }
}
