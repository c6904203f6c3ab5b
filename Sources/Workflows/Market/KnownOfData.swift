import Basics
import ConfigurationFiles
import MarketData

/// What somebody says of files of market data, beyond what they say themselves.
package struct KnownOfData: Sendable {
    let description: FileDescription
    /// Of times that name none.
    let zone: String?
    /// Length of a bar, where a market file says it.
    let interval: Nanoseconds?
    /// The market file, and what it says.
    private let market: (path: String, spec: MarketSpec)?

    /// - Parameters:
    ///   - market: path of a market file.
    ///   - zone: IANA name of the zone of times that name none; goes before the market file's.
    /// - Throws: ``ConfigError``, ``FileError``; ``Failure`` with code `time.zone` for an unknown zone.
    package init(market path: String? = nil, zone: String? = nil) throws {
        market = try path.map { ($0, try MarketSpec(try YAMLFile.read($0))) }
        if let zone { _ = try ExchangeZone(zone) }
        (description, interval) = (market?.spec.files ?? FileDescription(), market?.spec.interval)
        self.zone = zone ?? market?.spec.zone
    }

    /// What the market file says; nil without one.
    var spec: MarketSpec? { market?.spec }

    /// What was said, as provenance keeps it; nothing where everything was found out.
    var json: JSONValue {
        var out: [(String, JSONValue)] = []
        if let market {
            out.append(("file", .string(Paths.name(market.path))))
            out.append(("market", market.spec.json))
        }
        if let zone { out.append(("zone", .string(zone))) }
        return .map(out)
    }

    /// - Throws: as ``FoundFiles/find(_:described:zone:interval:)``.
    func find(_ path: String) throws -> any FoundFile {
        try FoundFiles.find(path, described: description, zone: zone, interval: interval)
    }
}
