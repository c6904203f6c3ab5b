import AsyncHTTPClient
import Basics
import Foundation
import NIOCore
import NIOHTTP1

/// An address in; the file that lies there, whole, out.
package struct FetchFile: Sendable {
    /// Sent to the address's own host and port, and to no other; never shown.
    package var headers: [(name: String, value: String)] = []
    /// Put behind every address: `job=promote`.
    package var query: String?
    /// Bytes that are taken at most.
    package var limit = 1 << 36

    package init() {}

    private static let mostRedirects = 5

    /// Fetches a file in pieces; nothing stands at the path before all of it is there.
    ///
    /// Where the server sends on to another host, as stores of artefacts do, the headers stay behind; from https to
    /// http nothing is followed.
    ///
    /// - Returns: false where the server says that there is no such file.
    /// - Throws: ``Failure`` with code `fetch.unreachable`, `fetch.answer`, `fetch.too-large`; ``FileError``.
    package func run(_ address: String, to path: String) async throws -> Bool {
        var current = address + (query.map { (address.contains("?") ? "&" : "?") + $0 } ?? "")
        var headers = self.headers
        let shown = FetchFile.shown(address)
        for _ in 0...FetchFile.mostRedirects {
            let response = try await FetchFile.answer(current, headers, shown)
            let status = Int(response.status.code)
            if (300..<400).contains(status), let location = response.headers.first(name: "Location") {
                guard let here = URL(string: current), let next = URL(string: location, relativeTo: here)?.absoluteURL,
                    next.scheme == "https" || next.scheme == here.scheme
                else {
                    throw Failure("fetch.answer", "found \(shown) sending on to an address that is not followed")
                }
                if (next.scheme, next.host, next.port) != (here.scheme, here.host, here.port) { headers = [] }
                current = next.absoluteString
                continue
            }
            if status == 404 { return false }
            guard status == 200 else {
                throw Failure(
                    "fetch.answer", "found the answer \(status) of \(shown), expected 200",
                    hint: [401, 403].contains(status)
                        ? "see that the variable or file of the header holds a token that may read there" : nil)
            }
            try await keep(response, at: path, shown)
            return true
        }
        throw Failure("fetch.answer", "found \(shown) sending on more than \(FetchFile.mostRedirects) times")
    }

    private static func answer(_ address: String, _ headers: [(name: String, value: String)], _ shown: String)
        async throws -> HTTPClientResponse
    {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "User-Agent", value: "hftml/\(ToolVersion.current)")
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        do { return try await WebClient.withoutRedirects.execute(request, timeout: .seconds(600)) } catch let error
            as CancellationError
        { throw error } catch {
            throw Failure(
                "fetch.unreachable", "cannot reach \(shown): \(error)", hint: "check the address and the network")
        }
    }

    private func keep(_ response: HTTPClientResponse, at path: String, _ shown: String) async throws {
        try Paths.makeDirectory(Paths.parent(path))
        let temporary = "\(path).tmp-\(getpid())-\(UInt32.random(in: .min ... .max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError("create", temporary) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        var count = 0
        do {
            for try await part in response.body {
                count += part.readableBytes
                guard count <= limit else {
                    throw Failure("fetch.too-large", "found more than \(limit) bytes at \(shown)")
                }
                let isWritten = part.withUnsafeReadableBytes { DescriptorWriting.all($0, to: descriptor) }
                guard isWritten else { throw FileError("write", path) }
            }
        } catch let error as any UserFacingError { throw error } catch let error as CancellationError {
            throw error
        } catch { throw Failure("fetch.unreachable", "lost \(shown) after \(count) bytes: \(error)") }
        guard fsync(descriptor) == 0 else { throw FileError("write", path) }
        guard rename(temporary, path) == 0 else { throw FileError("rename to", path) }
    }

    /// An address without what may be secret in it.
    package static func shown(_ address: String) -> String {
        guard var parts = URLComponents(string: address) else { return "the address" }
        (parts.user, parts.password, parts.query, parts.fragment) = (nil, nil, nil, nil)
        return "'\(parts.string ?? "")'"
    }
}
