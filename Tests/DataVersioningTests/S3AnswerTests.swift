import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// What a server that claims to be S3 may answer. The real one (moto) is in the conformance tests.
@Suite struct S3AnswerTests {
    static let page = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>false</IsTruncated>
        <Contents><Key>p/files/md5/00/a&amp;b &lt;c&gt;</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>
        <ETag>"x"</ETag><Size>12</Size></Contents></ListBucketResult>
        """

    /// Lists the objects of a server that answers every request with these bytes.
    private func list(_ body: String, status: Int = 200) throws -> [(key: String, size: Int, modified: Int)] {
        let directory = try TemporaryDirectory()
        try directory.write(body, to: "body")
        let script = try directory.write(
            """
            import http.server, sys
            class Answer(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    body = open("body", "rb").read()
                    self.send_response(\(status))
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                def log_message(self, *args): pass
            http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
            """, to: "server.py")
        let server = try LocalServer.python(script, in: directory)
        let remote = RepositorySettings.Remote(
            name: "r", url: "s3://b/p", options: ["endpointurl": "http://127.0.0.1:\(server.port)"],
            environment: ["AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"])
        defer { withExtendedLifetime(server) {} }
        return try remote.open().list("files/md5")
    }

    @Test("entities, white space and prefixes of names are read as XML reads them")
    func valid() throws {
        let found = try list(Self.page)
        #expect(
            found.map(\.key) == ["files/md5/00/a&b <c>"] && found[0].size == 12 && found[0].modified == 1_767_323_045)
        let prefixed = Self.page.replacing("<", with: "<s3:").replacing("<s3:/", with: "</s3:")
            .replacing("<s3:?", with: "<?").replacing("xmlns=", with: "xmlns:s3=")
        #expect(try list(prefixed).map(\.key) == ["files/md5/00/a&b <c>"])
        // A key that holds the text of another element is one key.
        let nested = try list(Self.page.replacing("a&amp;b", with: "&lt;Key&gt;evil&lt;/Key&gt;"))
        #expect(nested.map(\.key) == ["files/md5/00/<Key>evil</Key> <c>"])
    }

    static let hostile = [
        "", "<html><body>Sign in</body></html>", "{}", "<ListBucketResult>", String(page.dropLast(40)),
        page.replacing("<Size>12</Size>", with: ""), page.replacing("<Size>12", with: "<Size>many"),
        page.replacing("ListBucketResult", with: "ListPartsResult"),
        page.replacing("?>\n", with: "?>\n\(documentType)\n"),
        // A comment as long as what is looked at first.
        page.replacing(
            "?>\n", with: "?>\n<!--<ListBucketResult>\(String(repeating: " ", count: 5000))-->\(documentType)\n"),
        page.replacing("encoding=\"UTF-8\"", with: "encoding='UTF-7'"),
    ]
    private static let documentType = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"

    @Test("what is no answer of S3 is refused, and never an empty list", arguments: hostile)
    func refused(_ body: String) throws {
        let error = try #require(throws: RemoteError.self) { try list(body) }
        #expect(error.code == "remote.answer", "\(error)")
    }

    @Test("a list that goes round in a circle ends; a refusal without a body keeps its status")
    func endless() throws {
        let circle = Self.page.replacing(
            "<IsTruncated>false", with: "<NextContinuationToken>t</NextContinuationToken><IsTruncated>true")
        // A service may leave out whether there is more; the name of the next page says so.
        let silent = Self.page.replacing(
            "<IsTruncated>false</IsTruncated>", with: "<NextContinuationToken>t</NextContinuationToken>")
        for body in [circle, silent] {
            let error = try #require(throws: RemoteError.self) { try list(body) }
            #expect(error.code == "remote.answer" && error.message.contains("the same page twice"), "\(error)")
        }
        let last = Self.page.replacing("<IsTruncated>false</IsTruncated>", with: "")
        #expect(try list(last).count == 1)
        let nameless = Self.page.replacing("<IsTruncated>false", with: "<IsTruncated>true")
        #expect(try #require(throws: RemoteError.self) { try list(nameless) }.code == "remote.answer")
        let refused = try #require(throws: RemoteError.self) { try list("", status: 403) }
        #expect(refused.code == "remote.refused" && refused.message.contains("status 403"), "\(refused)")
    }
}
