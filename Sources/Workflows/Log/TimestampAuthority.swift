import AsyncHTTPClient
import Basics
import Foundation
import NIOCore
import NIOHTTP1
import Timestamps

/// A time-stamping authority (RFC 3161) as the settings name it.
package struct TimestampAuthority: Sendable, Equatable {
    /// Where requests are sent.
    package let address: String
    /// File with the certificates that are believed, in PEM, from the root of the workspace.
    package let certificates: String

    private static let seconds: Int64 = 20

    /// Reads `{timestamp: ADDRESS, certificates: FILE}`.
    ///
    /// - Returns: nil where there is no `timestamp`.
    /// - Throws: ``ConfigError``.
    init?(_ reader: ConfigReader) throws {
        guard let address = try reader.optionalString("timestamp") else {
            guard !reader.has("certificates") else {
                throw ConfigError(
                    "found certificates of nobody, expected timestamp: https://… beside them",
                    at: reader.value("certificates")?.mark)
            }
            return nil
        }
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme?.lowercased()),
            url.host?.isEmpty == false
        else {
            throw ConfigError(
                "found '\(address)' for a time-stamping authority, expected an address such as https://tsa.example/tsr",
                at: reader.value("timestamp")?.mark)
        }
        guard let path = try reader.optionalString("certificates"), !path.isEmpty else {
            throw ConfigError(
                "found no certificates of the authority, expected for instance certificates: Registry/tsa.pem",
                at: reader.value("timestamp")?.mark)
        }
        (self.address, certificates) = (address, path)
    }

    /// For messages.
    var shown: String { FetchFile.shown(address).trimmingCharacters(in: CharacterSet(charactersIn: "'")) }

    /// Sends a request; redirects are not followed, and no more is read than any answer has.
    ///
    /// - Throws: ``Failure`` with code `anchor.failed`.
    func ask(_ request: [UInt8]) throws -> [UInt8] {
        func failure(_ what: String, because error: (any Error)? = nil) -> Failure {
            Failure(
                "anchor.failed",
                "\(what) the time-stamping authority at \(shown)" + (error.map { ": \($0)" } ?? ""),
                hint: "see that it can be reached from here, then: hftml audit anchor")
        }
        let response: HTTPClient.Response
        do {
            let question = try HTTPClient.Request(
                url: address, method: .POST,
                headers: [
                    "Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply",
                    "User-Agent": "hftml/\(ToolVersion.current)",
                ], body: .bytes(request))
            response = try WebClient.withoutRedirects.execute(
                request: question,
                delegate: ResponseAccumulator(request: question, maxBodySize: TimestampRequest.mostBytes),
                deadline: .now() + .seconds(TimestampAuthority.seconds)
            ).wait()
        } catch { throw failure("cannot reach", because: error) }
        guard response.status == .ok, let body = response.body else {
            throw failure("found the answer \(response.status.code) of")
        }
        return Array(body.readableBytesView)
    }
}
