/// Whatever can sign in somebody's name: a private key in memory, or an agent that keeps one.
package protocol Signer: Sendable {
    /// Of the key, as ``PublicKey/name`` has it.
    var name: String { get }
    /// What others verify with.
    var publicKey: PublicKey { get }
    /// The signature of a DSSE envelope: over the pre-authentication encoding of type and payload.
    ///
    /// - Throws: whatever keeps the key from signing.
    func sign(payloadType: String, payload: [UInt8]) throws -> [UInt8]
}
