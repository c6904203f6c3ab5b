import AsyncHTTPClient
import Basics
import Foundation
import NIOCore
import NIOHTTP1

/// Requests that wait for their answer, for worker threads. Bodies are in memory and therefore kept to a few megabytes
/// by the callers.
final class HTTPTransport: Sendable {
    struct Response: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        /// The first value of a header.
        func header(_ name: String) -> String? { headers.first(name: name) }
    }

    private let client: HTTPClient
    private let attempts = 4
    /// Of a server that has answered before and is likely to come back: pauses of 25 s in all.
    private let patientAttempts = 7
    private let hasAnswered = Guarded(false)

    /// - Parameters:
    ///   - connectTimeout: seconds until a connection must stand; 10 when nil.
    ///   - readTimeout: seconds without a byte of an answer; 60 when nil.
    init(connectTimeout: Int? = nil, readTimeout: Int? = nil) {
        client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: HTTPTransport.configuration(connectTimeout: connectTimeout, readTimeout: readTimeout))
    }

    /// How all clients here are set: nothing waits for ever.
    static func configuration(connectTimeout: Int? = nil, readTimeout: Int? = nil) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(
            connect: .seconds(Int64(connectTimeout ?? 10)), read: .seconds(Int64(readTimeout ?? 60)))
        configuration.redirectConfiguration = .follow(max: 5, allowCycles: false)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        // A refused connection is an answer; what is worth another attempt is decided here, and not until a deadline.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    deinit { client.shutdown { _ in } }

    /// - Parameter headers: made anew for every attempt, since signatures carry the time.
    /// - Throws: ``RemoteError`` after several attempts; an answer of 500 and more counts as one.
    func send(
        _ method: String, _ url: String, body: [UInt8] = [], isRetried: Bool = true,
        headers: () throws -> [(String, String)] = { [] }
    ) throws -> Response {
        var last = RemoteError("remote.failed", "no attempt was made")
        let attempts = hasAnswered.value ? patientAttempts : attempts
        for attempt in 0..<(isRetried ? attempts : 1) {
            if attempt > 0 { usleep(UInt32(200_000 << attempt)) }
            do {
                let request = try HTTPClient.Request(
                    url: url, method: HTTPMethod(rawValue: method), headers: HTTPHeaders(try headers()),
                    body: body.isEmpty ? nil : .bytes(body))
                let response = try client.execute(request: request).wait()
                hasAnswered.update { $0 = true }
                var buffer = response.body ?? ByteBuffer()
                let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
                let answer = Response(status: Int(response.status.code), headers: response.headers, body: bytes)
                guard answer.status >= 500 || answer.status == 429 else { return answer }
                last = RemoteError(
                    "remote.failed",
                    "found status \(answer.status) for \(method) \(url): "
                        + "\(String(decoding: bytes.prefix(200), as: UTF8.self))",
                    isTransient: true)
            } catch let error as any UserFacingError {
                throw error
            } catch {
                last = RemoteError(
                    "remote.unreachable", "cannot reach '\(url)': \(error)",
                    hint:
                        "check the address and the network, and run the command again; an interrupted transfer resumes",
                    isTransient: true)
            }
        }
        throw last
    }
}
