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

    /// - Parameters:
    ///   - market: path of a market file.
    ///   - zone: IANA name of the zone of times that name none; goes before the market file's.
    /// - Throws: ``ConfigError``, ``FileError``; ``Failure`` with code `time.zone` for an unknown zone.
    package init(market: String? = nil, zone: String? = nil) throws {
        let market = try market.map { try MarketSpec(try YAMLFile.read($0)) }
        if let zone { _ = try ExchangeZone(zone) }
        (description, interval) = (market?.files ?? FileDescription(), market?.interval)
        self.zone = zone ?? market?.zone
    }

    /// - Throws: as ``FoundFiles/find(_:described:zone:interval:)``.
    func find(_ path: String) throws -> any FoundFile {
        try FoundFiles.find(path, described: description, zone: zone, interval: interval)
    }
}
