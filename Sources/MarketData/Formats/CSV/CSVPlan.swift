import Basics
import Tables

/// Everything that the rows of a file are read with.
struct CSVPlan {
    var layout: CSVLayout
    var rules: CSVRules
    var zone: String?
    var stampSide = CSVOptions.StampSide.open
    var interval: CSVCadence.Interval?
    var priceDecimals = 0
    var sizeDecimals = 0
    /// Decimals that a currency of hundredths adds.
    var unitDecimals = 0
    /// Prices are whole numbers of 10^−priceDecimals in the file.
    var isFixedPoint = false
    var roundsPrices = false
    var roundsSizes = false
    var isDescending = false
    /// Whether stamps have no zone and nobody said one.
    var isZoneAssumed = false
    var notes: [String] = []
    var inferences: [Inference] = []
    var rows = 0
    /// Blocks of whole lines, and what was kept of those that are plain.
    var places: [CSVPlace] = []
    var kept: [CSVPlainRows?]?
    /// Reads the others; nil where all are read cell by cell.
    var parser: CSVPlainParser?
    /// Stamps are the last moments of bars: the next one is their end.
    var isLastMoment = false
    /// Some cells have marks between groups of digits.
    var hasGroups = false

    /// - Parameters:
    ///   - survey: of all rows.
    /// - Throws: ``Failure`` for what the rows contradict.
    init(_ survey: CSVSurvey, rules: CSVRules, options: CSVOptions, syntax: CSVSyntax, inferences: [Inference]) throws {
        (layout, self.rules, zone) = (survey.layout, rules, options.zone)
        self.inferences = layout.inferences + inferences
        notes = layout.notes
        rows = survey.rows
        guard rows > 0 else {
            throw Failure(
                "data.empty", "found a header and no rows in '\(survey.path)', expected \(layout.kind.rawValue)",
                hint: "fetch the file again")
        }
        try meaning(survey)
        try order(survey)
        try scales(survey, options)
        unit(options)
        if layout.kind == .bars {
            try length(survey, options)
            side(survey, options)
        }
        zones(survey, options)
        hasGroups = survey.grouped > 0
        (places, kept, parser) = (survey.places, survey.kept, survey.parser)
        if roundsPrices || roundsSizes || options.decimals != nil { (kept, parser) = (nil, nil) }
        if let column = layout.receive { notes.append("'\(layout.name(column))' is taken as the time of receipt") }
        if syntax.mixesDatesAndTimes { notes.append("times without a time of day are taken as midnight") }
        if survey.comments > 0 { notes.append("\(survey.comments) comment lines are passed over") }
        if !survey.endsWithNewline {
            notes.append("the last line has no end: if the file was cut short, its last number may be too")
        }
    }

    // MARK: - Meaning

    func refuse(_ code: String, _ reason: String, _ hint: String) -> Failure {
        Failure(code, reason, hint: hint)
    }

    private mutating func meaning(_ survey: CSVSurvey) throws {
        let cells = survey.rows * max(layout.groups.count, 1)
        if layout.kind == .bars, survey.prices.count == 0 {
            throw refuse(
                "data.empty", "found no price in \(survey.rows) rows of '\(survey.path)'", "fetch the file again")
        }
        let full = cells - survey.empty
        if survey.broken > 0 {
            guard survey.broken * 4 <= full else {
                throw refuse(
                    "data.meaning",
                    "\(survey.firstBroken): found a high below or a low above open or close, in \(survey.broken) of "
                        + "\(full) rows, "
                        + "expected the high to be the highest and the low the lowest",
                    "columns may be named wrongly: say which are which with columns: {high: NAME, low: NAME}")
            }
            notes.append(
                "\(survey.broken) of \(full) rows have a high below or a low above open or close, the first one at "
                    + survey.firstBroken)
        }
        if survey.negative > 0 {
            guard survey.negative * 4 <= cells else {
                throw refuse(
                    "data.meaning",
                    "\(survey.firstNegative): found a volume below 0, in \(survey.negative) of \(cells) rows, "
                        + "expected none",
                    "the column may be no volume: say which is with columns: {volume: NAME}")
            }
            notes.append("\(survey.negative) rows have a volume below 0, the first one at \(survey.firstNegative)")
        }
        if survey.crossed * 4 > cells {
            throw refuse(
                "data.meaning",
                "\(survey.firstCrossed): found a bid above the ask, in \(survey.crossed) of \(cells) rows",
                "columns may be named wrongly: say which are which with columns: {bid: NAME, ask: NAME}")
        }
        if survey.crossed > 0 {
            notes.append("\(survey.crossed) rows have a bid above the ask, the first one at \(survey.firstCrossed)")
        }
        if survey.empty > 0, layout.groups.count == 1 {
            notes.append(
                "\(survey.empty) rows lack a price, the first one at \(survey.firstEmpty): these cells stay empty")
        }
        if layout.inferences.contains(where: { $0.name == "columns" && $0.confidence < 0.8 }), survey.rows >= 20,
            (survey.isDescending ? survey.backward > survey.forward * 1.2 : survey.forward > survey.backward * 1.2)
        {
            throw refuse(
                "data.meaning",
                "\(survey.path): found bars whose second price continues the last but one of the next bar, expected "
                    + "open "
                    + "before close in a file that names no columns",
                "write a header that names the columns")
        }
        if survey.abbreviated > 0 {
            notes.append(
                "\(survey.abbreviated) volumes are abbreviated (1.2M) and taken as 1200000: digits are lost in the file"
            )
        }
        if survey.currencies > 0 { notes.append("currency signs before prices are passed over") }
        if layout.kind == .bars, layout.groups.contains(where: { $0.columns[.volume] == nil }) {
            notes.append("the file has no volume")
        }
    }

    /// What rows of an hour that occurs twice were taken as.
    private mutating func repeatedHours(_ survey: CSVSurvey) throws {
        guard let place = survey.instruments.values.compactMap(\.hour.undecided).min() else { return }
        guard layout.kind == .bars else {
            throw refuse(
                "data.ambiguous",
                "\(place): found a time in an hour that occurs twice, because a clock was put back, and no row that "
                    + "steps back to it",
                "write the times in UTC or with their offset")
        }
        notes.append(
            "bars of an hour that occurs twice, where a clock was put back, stand there once: taken as the first one, "
                + "first at \(place)")
    }

    private mutating func order(_ survey: CSVSurvey) throws {
        try repeatedHours(survey)
        isDescending = survey.isDescending && survey.turn == nil
        let name = { (text: String) in text.isEmpty ? "" : " of '\(Escaping.terminal(text))'" }
        if layout.kind == .bars {
            if let (line, instrument) = survey.repeated {
                throw refuse(
                    "data.order", "\(survey.path):\(line): found two bars\(name(instrument)) with the same time",
                    "remove one of them; where a clock was put back, name the zone with zone: NAME")
            }
            if let (line, instrument) = survey.turn {
                throw refuse(
                    "data.order",
                    "\(survey.path):\(line): found a time\(name(instrument)) that turns back, expected times in order",
                    "sort the file by time; where a clock was put back, name the zone with zone: NAME")
            }
        } else if let (line, _) = survey.turn {
            isDescending = false
            notes.append("times turn back, first at line \(line): rows keep the order of the file")
        }
        if isDescending {
            notes.append("the newest row stands first: rows are turned around")
            inferences.append(
                Inference("order", "descending", evidence: "every time is before the one above it", confidence: 1))
        }
    }

    // MARK: - Decimals

    private mutating func scales(_ survey: CSVSurvey, _ options: CSVOptions) throws {
        if let chosen = options.decimals {
            guard survey.prices.fitsChosen(chosen), !survey.prices.vanishes(chosen) else {
                throw refuse(
                    "data.decimals",
                    "\(survey.path): found prices that \(chosen) decimals cannot hold: they would not fit 64 bits, "
                        + "or become 0",
                    "choose other decimals, or leave them to be found")
            }
            priceDecimals = chosen
            roundsPrices = !survey.prices.isExact(chosen)
            if roundsPrices { notes.append("prices are rounded to \(chosen) decimals") }
        } else {
            (priceDecimals, roundsPrices) = try scale(survey.prices, "prices", survey.path)
        }
        (sizeDecimals, roundsSizes) = try scale(survey.sizes, "volumes", survey.path)
        if layout.dialect == "Databento", priceDecimals == 0, survey.prices.leastAtLeast(1e6) {
            priceDecimals = 9
            isFixedPoint = true
            notes.append("prices are whole numbers of 1e-9, as Databento writes them")
            inferences.append(
                Inference(
                    "decimals", "9", evidence: "Databento's columns, and no price has a decimal point", confidence: 0.95
                ))
        } else {
            inferences.append(
                Inference(
                    "decimals", "\(priceDecimals)",
                    evidence: roundsPrices ? "the most that fit 64 bits" : "the longest price has as many",
                    confidence: roundsPrices ? 0.7 : 1))
        }
    }

    private mutating func scale(_ scale: CSVScale, _ noun: String, _ path: String) throws -> (Int, Bool) {
        switch scale.choice {
        case .exact(let decimals): return (decimals, false)
        case .rounded(let decimals):
            notes.append(
                "\(noun) look like printed binary fractions; they are rounded to \(decimals) decimals, which fit 64 "
                    + "bits"
            )
            return (decimals, true)
        case .none(let decimals, let greatest):
            throw refuse(
                "data.decimals",
                "\(path): found \(noun) with up to \(decimals) decimals and as great as \(greatest), which do not "
                    + "fit 64 bits together",
                "divide the numbers, or split the file by instrument")
        }
    }

    private mutating func unit(_ options: CSVOptions) {
        guard let unit = options.unit, CSVOptions.hundredths.contains(unit), priceDecimals <= 16 else { return }
        unitDecimals = 2
        notes.append("prices are in \(unit), hundredths: two decimals are added")
    }
}
