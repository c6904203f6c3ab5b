import Basics

/// Bars of one file on their way to a table for each of its instruments.
struct InstrumentParts {
    /// In the order in which they first occur.
    private(set) var names: [String] = []
    /// One for each name.
    var collectors: [BarCollector] = []
    private var places: [String: Int] = [:]
    private let spec: MarketSpec
    private let path: String

    init(_ spec: MarketSpec, path: String) { (self.spec, self.path) = (spec, path) }

    /// The position of an instrument, which is new or known.
    mutating func place(of name: String) -> Int {
        if let place = places[name] { return place }
        places[name] = names.count
        names.append(name)
        collectors.append(collector(name))
        return names.count - 1
    }

    /// Gives the only instrument the name that the market file says.
    mutating func rename(_ name: String) {
        guard !collectors.isEmpty else { return }
        collectors[0].table.instrument = name
        names[0] = name
    }

    /// One reading for each instrument; one without rows, named as the file, where there is none.
    ///
    /// - Throws: as ``BarCollector/finish(mode:)``.
    mutating func finish() throws -> [BarReading] {
        if collectors.isEmpty { collectors = [collector(spec.files.instrument ?? BarReader.instrument(of: path))] }
        return try collectors.indices.map { try collectors[$0].finish(mode: spec.mode) }
    }

    private func collector(_ name: String) -> BarCollector {
        BarCollector(
            BarTable(
                instrument: name, zone: spec.zone, interval: spec.interval, priceDecimals: spec.priceDecimals,
                volumeDecimals: spec.volumeDecimals), path: path)
    }
}
