import Basics
import Foundation

/// A bucket of an S3 service. Objects appear whole: small ones by one PUT, large ones by a multipart upload that is
/// completed last and taken up again after an interruption; parts that are there already (same MD5) are not sent twice.
package final class S3Remote: RemoteStorage {
    package let url: String
    package let parallelTransfers: Int
    private let bucket: String
    private let prefix: String
    private let endpoint: String
    private let host: String
    private let basePath: String
    private let region: String
    private let credentials: S3Credentials
    private let transport: HTTPTransport
    private let partSize: Int

    init(_ remote: RepositorySettings.Remote, jobs: Int?) throws {
        url = remote.url
        parallelTransfers = jobs ?? 8
        let parts = remote.url.dropFirst(5).split(separator: "/", maxSplits: 1).map(String.init)
        guard let bucket = parts.first, !bucket.isEmpty else {
            throw Failure(
                "remote.url", "found the remote URL '\(remote.url)', expected s3://BUCKET/PREFIX", exitStatus: .usage)
        }
        self.bucket = bucket
        prefix = parts.count > 1 ? parts[1].split(separator: "/").joined(separator: "/") : ""
        let environment = remote.environment
        region =
            remote.options["region"] ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1"
        if let custom = remote.options["endpointurl"] ?? environment["AWS_ENDPOINT_URL"] {
            let trimmed = custom.hasSuffix("/") ? String(custom.dropLast()) : custom
            guard let scheme = trimmed.place(of: "://") else {
                throw Failure(
                    "remote.url", "found the endpoint '\(custom)', expected http:// or https://", exitStatus: .usage)
            }
            endpoint = trimmed
            host = String(trimmed[scheme.end...].prefix { $0 != "/" })
            basePath = "/\(bucket)"
        } else {
            host = "\(bucket).s3.\(region).amazonaws.com"
            endpoint = "https://\(host)"
            basePath = ""
        }
        credentials = try S3Credentials(remote)
        // Before the first byte is sent, not when an hour of parts is to be completed.
        try XMLLibrary.require()
        transport = HTTPTransport(
            connectTimeout: try remote.seconds("connect_timeout"), readTimeout: try remote.seconds("read_timeout"))
        partSize = try Self.partSize(environment["HFTML_S3_PART_SIZE"])
    }

    private static func partSize(_ text: String?) throws -> Int {
        guard let text else { return 16 << 20 }
        guard let size = Int(text), (1...5 << 30).contains(size) else {
            throw Failure(
                "remote.option-value", "found '\(text)' in HFTML_S3_PART_SIZE, expected bytes from 1 to 5368709120",
                hint: "unset it to send parts of 16 MiB", exitStatus: .usage)
        }
        return size
    }

    /// The service takes at most 10,000 parts of one object: of a large one they are larger.
    package static func partSize(for size: Int, wanted: Int) -> Int { max(wanted, size / 10_000 + 1) }

    private func fullKey(_ key: String) -> String { prefix.isEmpty ? key : "\(prefix)/\(key)" }

    private func send(
        _ method: String, _ key: String, query: [(String, String)] = [], body: [UInt8] = [],
        extra: [(String, String)] = []
    ) throws -> HTTPTransport.Response {
        let path =
            basePath
            + (key.isEmpty ? (basePath.isEmpty ? "/" : "") : "/" + S3Credentials.encoded(key, keepsSlash: true))
        let text = S3Credentials.queryText(query)
        return try transport.send(method, endpoint + path + (text.isEmpty ? "" : "?" + text), body: body) {
            credentials.sign(method, host: host, path: path, query: query, region: region, body: body, extra: extra)
        }
    }

    private func check(_ response: HTTPTransport.Response, _ what: String) throws {
        if (200..<300).contains(response.status) { return }
        let problem = S3Answers.problem(response.body)
        let code = problem?.code ?? "status \(response.status)"
        let hint =
            switch code {
            case "NoSuchBucket": "create the bucket '\(bucket)' first"
            case "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied":
                "check access_key_id, secret_access_key and the rights on the bucket"
            default: "run the command again; what was transferred is kept"
            }
        throw RemoteError(
            "remote.refused",
            "S3 refused to \(what) at '\(url)': \(code) \(problem?.message ?? "")", hint: hint)
    }

    package func missing(_ keys: [String]) throws -> [Int] {
        // One listing page holds 1,000 keys. A sample prefix tells how many pages everything takes (as DVC estimates
        // it).
        if keys.count > 100 {
            let sample = try list("files/md5/00").count
            if sample * 256 / 1000 < keys.count / 4 {
                let there = Set(
                    try Set(keys.map { $0.hasPrefix("runs/") ? "runs" : "files/md5" }).flatMap { try list($0) }.map(
                        \.key))
                return keys.indices.filter { !there.contains(keys[$0]) }
            }
        }
        let missing = Guarded<[Int]>([])
        try Transfers.parallel(keys.count, threads: parallelTransfers) { index in
            let response = try self.send("HEAD", self.fullKey(keys[index]))
            if response.status == 404 {
                missing.update { $0.append(index) }
            } else {
                try self.check(response, "look for '\(keys[index])'")
            }
        }
        return missing.value.sorted()
    }

    package func list(_ prefix: String) throws -> [(key: String, size: Int, modified: Int)] {
        var out: [(String, Int, Int)] = []
        var token: String?
        repeat {
            var query = [("list-type", "2"), ("prefix", fullKey(prefix) + "/")]
            if let token { query.append(("continuation-token", token)) }
            let response = try send("GET", "", query: query)
            try check(response, "list objects")
            let page = try S3Answers.objectList(response.body, url: url)
            for item in page.objects {
                guard item.key.utf8.starts(with: query[1].1.utf8) else {
                    throw RemoteError(
                        "remote.answer",
                        "found the key '\(item.key)' in the answer of '\(url)', expected keys below "
                            + "'\(query[1].1)'", hint: "check that the address is that of an S3 service")
                }
                let own = self.prefix.isEmpty ? item.key : item.key.part(below: self.prefix)
                out.append((own, item.size, item.modified))
            }
            guard page.nextToken == nil || page.nextToken != token else {
                throw RemoteError(
                    "remote.answer", "found the same page twice in the listing of '\(url)', expected the next one",
                    hint: "run the command again")
            }
            token = page.nextToken
        } while token != nil
        return out
    }

    package func upload(_ file: String, to key: String, progress: TransferProgress?) throws {
        guard let size = Paths.size(file) else { throw FileError("read", file) }
        if size > partSize { return try uploadParts(file, size, fullKey(key), progress) }
        let body = try FileChunks.bytes(file, size: size)
        try check(
            try send("PUT", fullKey(key), body: body, extra: [("content-md5", Self.base64MD5(body))]), "store '\(key)'")
        progress?.add(bytes: size)
    }

    private static func base64MD5(_ bytes: [UInt8]) -> String {
        let hex = Array(Digest.md5(bytes))
        return Data(stride(from: 0, to: 32, by: 2).map { UInt8(String(hex[$0..<$0 + 2]), radix: 16) ?? 0 })
            .base64EncodedString()
    }

    private func uploadParts(_ file: String, _ size: Int, _ key: String, _ progress: TransferProgress?) throws {
        let (upload, there) = try resume(key), partSize = Self.partSize(for: size, wanted: partSize)
        let count = (size + partSize - 1) / partSize
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", file) }
        defer { close(descriptor) }
        var parts = ""
        for number in 1...count {
            let length = min(partSize, size - (number - 1) * partSize)
            var bytes = [UInt8](repeating: 0, count: length)
            guard pread(descriptor, &bytes, length, (number - 1) * partSize) == length else {
                throw FileError("read", file)
            }
            let md5 = Digest.md5(bytes)
            if there[number] != md5 {
                let response = try send(
                    "PUT", key, query: [("partNumber", String(number)), ("uploadId", upload)], body: bytes)
                try check(response, "store part \(number) of '\(key)'")
                let tag = response.header("etag")?.replacing("\"", with: "") ?? ""
                guard tag.count != 32 || tag == md5 else {
                    throw RemoteError(
                        "remote.damaged", "found part \(number) of '\(key)' damaged on arrival",
                        hint: "run the command again")
                }
            }
            progress?.add(bytes: length)
            parts += "<Part><PartNumber>\(number)</PartNumber><ETag>\"\(md5)\"</ETag></Part>"
        }
        let body = Array("<CompleteMultipartUpload>\(parts)</CompleteMultipartUpload>".utf8)
        let completed = try send("POST", key, query: [("uploadId", upload)], body: body)
        try check(completed, "complete '\(key)'")
        try S3Answers.completedUpload(completed.body, url: url)
    }

    /// An upload that was begun and not completed, with the hashes of its parts; or a new one.
    private func resume(_ key: String) throws -> (id: String, parts: [Int: String]) {
        let open = try send("GET", "", query: [("uploads", ""), ("prefix", key)])
        try check(open, "list uploads")
        for item in try S3Answers.uploads(open.body, url: url) where item.key == key {
            var parts: [Int: String] = [:]
            var marker = ""
            while true {
                let listed = try send(
                    "GET", key,
                    query: [("uploadId", item.id)] + (marker.isEmpty ? [] : [("part-number-marker", marker)]))
                if listed.status == 404 { break }
                try check(listed, "list the parts of '\(key)'")
                let page = try S3Answers.parts(listed.body, url: url)
                parts.merge(page.tags) { $1 }
                guard let next = page.nextMarker, next != marker else { return (item.id, parts) }
                marker = next
            }
        }
        let made = try send("POST", key, query: [("uploads", "")])
        try check(made, "begin an upload of '\(key)'")
        return (try S3Answers.begunUpload(made.body, url: url), [:])
    }

    package func download(_ key: String, to file: String, progress: TransferProgress?) throws {
        try RangedDownload.run(
            to: file, block: partSize, progress: progress, missing: RemoteError.missing(key, url)
        ) { range in
            let response = try send("GET", fullKey(key), extra: [("range", range)])
            if ![404, 416].contains(response.status) { try check(response, "fetch '\(key)'") }
            return response
        }
    }

    package func remove(_ key: String) throws {
        let response = try send("DELETE", fullKey(key))
        if response.status != 404 { try check(response, "remove '\(key)'") }
    }
}
