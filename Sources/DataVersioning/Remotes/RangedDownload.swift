import Basics
import Foundation

/// A file fetched in ranges, so that an interrupted transfer resumes and bodies stay small.
enum RangedDownload {
    /// Appends to a file what it lacks.
    ///
    /// - Parameters:
    ///   - block: bytes of one request.
    ///   - request: asks for a range, given as the value of a `Range` header; checks the status but for 404 and 416.
    ///   - missing: the error for 404.
    /// - Throws: what `request` throws; ``FileError``; ``Failure`` with code `file.special` for a link in its place.
    static func run(
        to file: String, block: Int, progress: TransferProgress?, missing: @autoclosure () -> any Error,
        request: (_ range: String) throws -> HTTPTransport.Response
    ) throws {
        let descriptor = try OwnFile.open(file, O_WRONLY | O_APPEND, mode: 0o600)
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw FileError("read", file) }
        var offset = Int(info.st_size)
        while true {
            let response = try request("bytes=\(offset)-\(offset + block - 1)")
            if response.status == 404 { throw missing() }
            // Nothing lies behind the end: an empty object, or a download that was complete already.
            if response.status == 416 { return }
            // A server without ranges sends everything from the start.
            if response.status == 200, offset > 0 {
                guard ftruncate(descriptor, 0) == 0 else { throw FileError("write", file) }
                offset = 0
            }
            if let error = response.body.withUnsafeBytes({ StreamedFile.writeAll($0, descriptor, file) }) {
                throw error
            }
            offset += response.body.count
            progress?.add(bytes: response.body.count)
            let total = response.header("content-range")?.split(separator: "/").last.flatMap { Int($0) }
            if response.status == 200 || response.body.isEmpty
                || total.map({ offset >= $0 }) ?? (response.body.count < block)
            {
                return
            }
        }
    }
}
