import Basics
import Foundation
import XMLCoder

/// What S3 answers, as values (Amazon S3 API Reference, 2006-03-01). An answer that is not as that document says is
/// refused as a whole: half a listing would make `push` and `gc` decide on half of the truth.
enum S3Answers {
    /// `ListBucketResult`, one page.
    struct ObjectList: Equatable {
        struct Object: Equatable {
            var key: String
            var size: Int
            /// Seconds since 1970; 0 where the service does not say.
            var modified: Int
        }

        var objects: [Object]
        /// For the next page.
        var nextToken: String?
    }

    /// An entry of `ListMultipartUploadsResult`.
    struct Upload: Equatable {
        var key: String
        var id: String
    }

    /// `ListPartsResult`, one page: MD5 by number of part.
    struct Parts: Equatable {
        var tags: [Int: String]
        var nextMarker: String?
    }

    /// `Error`.
    struct Problem: Equatable {
        var code: String
        var message: String
    }

    /// Services that are not Amazon's leave the namespace out, or have Google's.
    private static let namespaces = [
        "", "http://s3.amazonaws.com/doc/2006-03-01/", "http://s3.amazonaws.com/doc/2006-03-01",
        "http://doc.s3.amazonaws.com/2006-03-01", "http://doc.s3.amazonaws.com/2006-03-01/",
    ]

    // MARK: Answers

    static func objectList(_ body: [UInt8], url: String) throws -> ObjectList {
        let page = try document(ObjectPage.self, "ListBucketResult", body, url: url)
        let objects = try page.contents.map { item in
            let date = item.modified.flatMap { try? Date($0.prefix(19) + "Z", strategy: .iso8601) }
            return ObjectList.Object(
                key: try filled(item.key, "Key", url: url), size: try natural(item.size, "Size", url: url),
                modified: Int(saturating: date?.timeIntervalSince1970 ?? 0))
        }
        let token = try next(page.next, page.isTruncated, "NextContinuationToken", url: url)
        return ObjectList(objects: objects, nextToken: token)
    }

    static func uploads(_ body: [UInt8], url: String) throws -> [Upload] {
        try document(UploadPage.self, "ListMultipartUploadsResult", body, url: url).uploads.map {
            Upload(key: try filled($0.key, "Key", url: url), id: try filled($0.id, "UploadId", url: url))
        }
    }

    static func parts(_ body: [UInt8], url: String) throws -> Parts {
        let page = try document(PartPage.self, "ListPartsResult", body, url: url)
        var tags: [Int: String] = [:]
        for part in page.parts {
            tags[try natural(part.number, "PartNumber", url: url)] =
                try filled(part.tag, "ETag", url: url).replacing("\"", with: "")
        }
        return Parts(tags: tags, nextMarker: try next(page.next, page.isTruncated, "NextPartNumberMarker", url: url))
    }

    /// The id of an upload that was begun.
    static func begunUpload(_ body: [UInt8], url: String) throws -> String {
        let begun = try document(UploadPage.Item.self, "InitiateMultipartUploadResult", body, url: url)
        return try filled(begun.id, "UploadId", url: url)
    }

    /// Checks that an upload is complete: S3 may say 200 before it knows, and put the error into the body.
    static func completedUpload(_ body: [UInt8], url: String) throws {
        _ = try document(Anything.self, "CompleteMultipartUploadResult", body, url: url)
    }

    /// The error in a body; nil where there is none that can be read, as in an answer to `HEAD`, or of a proxy.
    static func problem(_ body: [UInt8]) -> Problem? {
        guard let root = try? root(body), root.name == "Error", namespaces.contains(root.namespace),
            let refusal = try? decoded(Refusal.self, body), !refusal.code.isEmpty
        else { return nil }
        return Problem(code: refusal.code, message: refusal.message ?? "")
    }

    // MARK: Elements

    private struct Anything: Decodable {}

    private struct Refusal: Decodable {
        var code: String
        var message: String?

        enum CodingKeys: String, CodingKey { case code = "Code", message = "Message" }
    }

    private struct ObjectPage: Decodable {
        struct Item: Decodable {
            var key: String
            var size: Int
            var modified: String?

            enum CodingKeys: String, CodingKey { case key = "Key", size = "Size", modified = "LastModified" }
        }

        var contents: [Item]
        var isTruncated: Bool?
        var next: String?

        enum CodingKeys: String, CodingKey {
            case contents = "Contents", isTruncated = "IsTruncated", next = "NextContinuationToken"
        }
    }

    private struct UploadPage: Decodable {
        struct Item: Decodable {
            var key: String
            var id: String

            enum CodingKeys: String, CodingKey { case key = "Key", id = "UploadId" }
        }

        var uploads: [Item]

        enum CodingKeys: String, CodingKey { case uploads = "Upload" }
    }

    private struct PartPage: Decodable {
        struct Item: Decodable {
            var number: Int
            var tag: String

            enum CodingKeys: String, CodingKey { case number = "PartNumber", tag = "ETag" }
        }

        var parts: [Item]
        var isTruncated: Bool?
        var next: String?

        enum CodingKeys: String, CodingKey {
            case parts = "Part", isTruncated = "IsTruncated", next = "NextPartNumberMarker"
        }
    }

    // MARK: Reading

    /// Answers hold a thousand entries at most; anything much larger is none.
    private static let maximumBytes = 16 << 20

    /// - Throws: ``RemoteError`` with code `remote.answer`, or `remote.refused` for an `Error` in its place.
    private static func document<T: Decodable>(_ type: T.Type, _ name: String, _ body: [UInt8], url: String) throws -> T
    {
        if let problem = problem(body) {
            throw RemoteError(
                "remote.refused", "S3 refused at '\(url)': \(problem.code) \(problem.message)",
                hint: "run the command again; what was transferred is kept")
        }
        let root = try root(body, url: url, expected: name)
        // moto, which tests run against, and some services say Response for Result.
        guard root.name == name || root.name == name.replacing("Result", with: "Response") else {
            throw refusal("the element '\(root.name)'", name, url)
        }
        guard namespaces.contains(root.namespace) else {
            throw refusal("the namespace '\(root.namespace)'", name, url)
        }
        do { return try decoded(type, body) } catch {
            throw refusal("an incomplete or malformed '\(name)'", "what the S3 API reference says of it", url)
        }
    }

    private static func decoded<T: Decodable>(_ type: T.Type, _ body: [UInt8]) throws -> T {
        let decoder = XMLDecoder(trimValueWhitespaces: false)
        decoder.shouldProcessNamespaces = true
        return try decoder.decode(type, from: Data(body))
    }

    private static func root(_ body: [UInt8], url: String = "", expected: String = "") throws -> (
        name: String, namespace: String
    ) {
        guard body.count <= maximumBytes else { throw refusal("\(body.count) bytes", expected, url) }
        // A document type could declare entities that grow without bound; S3 sends none. It could stand after any
        // number of comments, and in texts `<` is written `&lt;`.
        guard ["<!DOCTYPE", "<!ENTITY"].allSatisfy({ body.firstRange(of: Array($0.utf8)) == nil }) else {
            throw refusal("a document type", expected, url)
        }
        let text = String(decoding: body.prefix(4096), as: UTF8.self)
        guard let tag = text.firstMatch(of: /<(?:([A-Za-z_][\w.\-]*):)?([A-Za-z_][\w.\-]*)([^>]*)>/) else {
            throw refusal("no XML", expected, url)
        }
        // In another encoding the bytes above would not be the letters that the parser reads.
        let declared = text[..<tag.range.lowerBound].firstMatch(of: /encoding\s*=\s*["']([^"']*)["']/)?.1 ?? "UTF-8"
        guard declared.lowercased() == "utf-8" else { throw refusal("the encoding '\(declared)'", "UTF-8", url) }
        let attribute = tag.1.map { "xmlns:\($0)=" } ?? "xmlns="
        guard let value = tag.3.components(separatedBy: attribute).dropFirst().first, let quote = value.first
        else { return (String(tag.2), "") }
        return (String(tag.2), String(value.dropFirst().prefix { $0 != quote }))
    }

    private static func filled(_ text: String, _ name: String, url: String) throws -> String {
        guard !text.isEmpty else { throw refusal("no '\(name)'", name, url) }
        return text
    }

    private static func natural(_ value: Int, _ name: String, url: String) throws -> Int {
        guard value >= 0 else { throw refusal("'\(value)' as '\(name)'", "a number", url) }
        return value
    }

    /// What names the next page; nil on the last one. Where a service does not say whether there is one, a name for it
    /// says so.
    private static func next(_ next: String?, _ isTruncated: Bool?, _ name: String, url: String) throws -> String? {
        let named = next.flatMap { $0.isEmpty ? nil : $0 }
        guard isTruncated ?? (named != nil) else { return nil }
        return try filled(named ?? "", name, url: url)
    }

    private static func refusal(_ found: String, _ expected: String, _ url: String) -> RemoteError {
        RemoteError(
            "remote.answer", "found \(found) in the answer of '\(url)', expected \(expected)",
            hint: "check that the address is that of an S3 service: hftml remote list --json")
    }
}
