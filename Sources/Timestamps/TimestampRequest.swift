import Basics
import SwiftASN1

/// The question to a time-stamping authority, and its answer (RFC 3161, 2.4).
package struct TimestampRequest: Sendable {
    /// SHA-256 of what is to be stamped.
    package let imprint: [UInt8]
    /// A number that nobody else has asked with: an answer from before does not fit.
    package let nonce: [UInt8]

    /// Of an answer: a token, and what stands around it.
    package static let mostBytes = TimestampToken.mostBytes + 1 << 12

    /// - Parameter imprint: 32 bytes.
    package init(imprint: [UInt8]) {
        self.imprint = imprint
        nonce = [UInt8.random(in: 1...0x7F)] + (1..<16).map { _ in UInt8.random(in: .min ... .max) }
    }

    /// `TimeStampReq`, version 1, DER: imprint, nonce, and the wish for the certificate.
    package var bytes: [UInt8] {
        func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            [tag, UInt8(truncatingIfNeeded: content.count)] + content
        }
        let sha256: [UInt8] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00]
        return value(
            0x30,
            [0x02, 0x01, 0x01] + value(0x30, value(0x30, sha256) + value(0x04, imprint)) + value(0x02, nonce)
                + [0x01, 0x01, 0xFF])
    }

    /// The token of an answer, verified as the answer to this question.
    ///
    /// - Throws: ``Failure`` with code `anchor.timestamp`.
    package func token(in answer: [UInt8], with certificates: TimestampCertificates) throws -> TimestampToken {
        let node = try ASN1Node.parse(answer, most: TimestampRequest.mostBytes)
        var reader = try DERReader(node, most: 2), status = try DERReader(try reader.next(), most: 3)
        let number = try status.next().smallInteger()
        guard number == 0 || number == 1 else {
            let said = try status.next(if: .sequence).map { try DERReader($0).rest.map { try $0.text() } } ?? []
            throw TimestampFailure.of("no token: the authority answers \(number)" + said.map { ", '\($0)'" }.joined())
        }
        let token = try TimestampToken(try reader.next())
        try reader.end()
        try token.verify(imprint: imprint, nonce: nonce, with: certificates)
        return token
    }
}

extension ASN1Node {
    fileprivate func text() throws -> String {
        String(decoding: try content(as: .utf8String).prefix(200), as: UTF8.self)
    }
}
