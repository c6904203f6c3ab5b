import Basics
import Foundation

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
        let root = try document("ListBucketResult", body, url: url)
        let objects = try root.all("Contents").map { item in
            let date = item["LastModified"].flatMap { try? Date($0.text.prefix(19) + "Z", strategy: .iso8601) }
            return ObjectList.Object(
                key: try text("Key", of: item, url: url), size: try number("Size", of: item, url: url),
                modified: Int(date?.timeIntervalSince1970 ?? 0))
        }
        let token = try next("NextContinuationToken", of: root, url: url)
        return ObjectList(objects: objects, nextToken: token)
    }

    static func uploads(_ body: [UInt8], url: String) throws -> [Upload] {
        try document("ListMultipartUploadsResult", body, url: url).all("Upload").map {
            Upload(key: try text("Key", of: $0, url: url), id: try text("UploadId", of: $0, url: url))
        }
    }

    static func parts(_ body: [UInt8], url: String) throws -> Parts {
        let root = try document("ListPartsResult", body, url: url)
        var tags: [Int: String] = [:]
        for part in root.all("Part") {
            tags[try number("PartNumber", of: part, url: url)] =
                try text("ETag", of: part, url: url).replacing("\"", with: "")
        }
        return Parts(tags: tags, nextMarker: try next("NextPartNumberMarker", of: root, url: url))
    }

    /// The id of an upload that was begun.
    static func begunUpload(_ body: [UInt8], url: String) throws -> String {
        try text("UploadId", of: try document("InitiateMultipartUploadResult", body, url: url), url: url)
    }

    /// Checks that an upload is complete: S3 may say 200 before it knows, and put the error into the body.
    static func completedUpload(_ body: [UInt8], url: String) throws {
        _ = try document("CompleteMultipartUploadResult", body, url: url)
    }

    /// The error in a body; nil where there is none that can be read, as in an answer to `HEAD`, or of a proxy.
    static func problem(_ body: [UInt8]) -> Problem? {
        guard let root = try? XMLElement.parse(body), root.name == "Error", namespaces.contains(root.namespace),
            let code = root["Code"]?.text, !code.isEmpty
        else { return nil }
        return Problem(code: code, message: root["Message"]?.text ?? "")
    }

    // MARK: Reading

    /// - Throws: ``RemoteError`` with code `remote.answer`, or `remote.refused` for an `Error` in its place.
    private static func document(_ name: String, _ body: [UInt8], url: String) throws -> XMLElement {
        let root: XMLElement
        do { root = try XMLElement.parse(body) } catch {
            throw refusal("\(error.problem) at byte \(error.offset)", name, url)
        }
        if let problem = problem(body) {
            throw RemoteError(
                "remote.refused", "S3 refused at '\(url)': \(problem.code) \(problem.message)",
                hint: "run the command again; what was transferred is kept")
        }
        guard root.name == name else { throw refusal("the element '\(root.name)'", name, url) }
        guard namespaces.contains(root.namespace) else {
            throw refusal("the namespace '\(root.namespace)'", name, url)
        }
        return root
    }

    private static func text(_ name: String, of element: XMLElement, url: String) throws -> String {
        guard let child = element[name], child.children.isEmpty, !child.text.isEmpty else {
            throw refusal("no '\(name)' in '\(element.name)'", name, url)
        }
        return child.text
    }

    private static func number(_ name: String, of element: XMLElement, url: String) throws -> Int {
        let text = try text(name, of: element, url: url)
        guard let value = Int(text), value >= 0 else { throw refusal("'\(text)' as '\(name)'", "a number", url) }
        return value
    }

    /// What names the next page; nil on the last one.
    private static func next(_ name: String, of root: XMLElement, url: String) throws -> String? {
        switch root["IsTruncated"]?.text {
        case "true": return try text(name, of: root, url: url)
        case nil, "false": return nil
        case let other?: throw refusal("'\(other)' as 'IsTruncated'", "true or false", url)
        }
    }

    private static func refusal(_ found: String, _ expected: String, _ url: String) -> RemoteError {
        RemoteError(
            "remote.answer", "found \(found) in the answer of '\(url)', expected \(expected)",
            hint: "check that the address is that of an S3 service: hftml remote list --json")
    }
}
