import Basics
import Foundation

/// Objects that a web server shows. Such a place can be fetched from, not sent to, and it has no listing.
package final class HTTPRemote: RemoteStorage {
    package let url: String
    package let parallelTransfers: Int
    private let base: String
    private let transport: HTTPTransport
    /// Bytes of one request, so that an interrupted download resumes.
    private static let block = 16 << 20

    init(_ remote: RepositorySettings.Remote, jobs: Int?) throws {
        url = remote.url
        base = remote.url.hasSuffix("/") ? String(remote.url.dropLast()) : remote.url
        parallelTransfers = jobs ?? 8
        transport = HTTPTransport(
            connectTimeout: try remote.seconds("connect_timeout"), readTimeout: try remote.seconds("read_timeout"))
    }

    private func address(_ key: String) -> String { "\(base)/\(S3Credentials.encoded(key, keepsSlash: true))" }

    private func check(_ response: HTTPTransport.Response, _ what: String) throws {
        if (200..<300).contains(response.status) { return }
        throw RemoteError(
            "remote.refused", "found status \(response.status) on trying to \(what) at '\(url)'",
            hint: "check the address and the rights there")
    }

    private func refusal(_ what: String) -> RemoteError {
        RemoteError(
            "remote.read-only", "cannot \(what) at '\(url)', which can only be fetched from",
            hint: "send to the server's own directory, bucket or host: hftml remote add NAME URL")
    }

    package func missing(_ keys: [String]) throws -> [Int] {
        let missing = Guarded<[Int]>([])
        try Transfers.parallel(keys.count, threads: parallelTransfers) { index in
            let response = try self.transport.send("HEAD", self.address(keys[index]))
            if response.status == 404 {
                missing.update { $0.append(index) }
            } else {
                try self.check(response, "look for '\(keys[index])'")
            }
        }
        return missing.value.sorted()
    }

    package func list(_ prefix: String) throws -> [(key: String, size: Int, modified: Int)] {
        throw refusal("list '\(prefix)'")
    }

    package func upload(_ file: String, to key: String, progress: TransferProgress?) throws {
        throw refusal("store '\(key)'")
    }

    package func remove(_ key: String) throws { throw refusal("remove '\(key)'") }

    package func download(_ key: String, to file: String, progress: TransferProgress?) throws {
        try RangedDownload.run(
            to: file, block: HTTPRemote.block, progress: progress, missing: RemoteError.missing(key, url)
        ) { range in
            let response = try transport.send("GET", address(key), headers: { [("range", range)] })
            if ![404, 416].contains(response.status) { try check(response, "fetch '\(key)'") }
            return response
        }
    }
}
