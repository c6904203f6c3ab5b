import Basics
import Crypto
import Foundation

/// Keys for S3, and AWS signature version 4 made with them.
///
/// Looked up in the order of DVC and boto3: the remote's options, the environment, the credentials file with a profile.
struct S3Credentials: Sendable {
    var accessKey: String
    var secretKey: String
    var sessionToken: String?

    init(_ remote: RepositorySettings.Remote) throws {
        let environment = remote.environment
        func value(_ option: String, _ variable: String) -> String? {
            remote.options[option] ?? environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let access = value("access_key_id", "AWS_ACCESS_KEY_ID"),
            let secret = value("secret_access_key", "AWS_SECRET_ACCESS_KEY")
        {
            (accessKey, secretKey, sessionToken) = (access, secret, value("session_token", "AWS_SESSION_TOKEN"))
            return
        }
        let file =
            value("credentialpath", "AWS_SHARED_CREDENTIALS_FILE")
            ?? Paths.join(environment["HOME"] ?? "/", ".aws/credentials")
        let profile = value("profile", "AWS_PROFILE") ?? "default"
        if Paths.exists(file), let section = try INIFile(file).sections.first(where: { $0.name == profile }) {
            let values = Dictionary(section.values) { $1 }
            if let access = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] {
                (accessKey, secretKey, sessionToken) = (access, secret, values["aws_session_token"])
                return
            }
        }
        throw RemoteError(
            "remote.credentials",
            "found no keys for '\(remote.url)' in the remote's options, in AWS_ACCESS_KEY_ID, or under [\(profile)] in "
                + "'\(file)'",
            hint: "set them with: hftml remote modify --local \(remote.name) access_key_id KEY (and secret_access_key)")
    }

    /// The headers that sign a request (AWS General Reference, "Signing AWS API requests", signature version 4).
    ///
    /// - Parameters:
    ///   - path: as sent, percent-encoded.
    ///   - query: names and values, not yet encoded.
    func sign(
        _ method: String, host: String, path: String, query: [(String, String)], region: String, body: [UInt8],
        extra: [(String, String)] = [], now: Date = Date()
    ) -> [(String, String)] {
        let stamp = S3Credentials.stamp(now)
        let day = String(stamp.prefix(8))
        let bodyHash = Digest.sha256(body)
        var signed = [("host", host), ("x-amz-content-sha256", bodyHash), ("x-amz-date", stamp)]
        if let sessionToken { signed.append(("x-amz-security-token", sessionToken)) }
        signed += extra.map { ($0.0.lowercased(), $0.1) }
        signed.sort { $0.0 < $1.0 }
        let names = signed.map(\.0).joined(separator: ";")
        let canonical = [
            method, path, S3Credentials.queryText(query), signed.map { "\($0.0):\($0.1)\n" }.joined(), names, bodyHash,
        ].joined(separator: "\n")
        let scope = "\(day)/\(region)/s3/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(Digest.sha256(canonical))"
        var key = SymmetricKey(data: Array("AWS4\(secretKey)".utf8))
        for part in [day, region, "s3", "aws4_request"] {
            key = SymmetricKey(data: Data(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
        }
        let signature = Digest.hex(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
        return signed.filter { $0.0 != "host" } + [
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
            )
        ]
    }

    static func queryText(_ query: [(String, String)]) -> String {
        query.map { (encoded($0.0, keepsSlash: false), encoded($0.1, keepsSlash: false)) }.sorted { $0 < $1 }.map {
            "\($0.0)=\($0.1)"
        }.joined(separator: "&")
    }

    /// Percent-encodes all but unreserved characters.
    static func encoded(_ text: String, keepsSlash: Bool) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "/") where keepsSlash: out += "/"
            default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }

    private static func stamp(_ date: Date) -> String {
        var seconds = time_t(saturating: date.timeIntervalSince1970), parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, 32, "%Y%m%dT%H%M%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
