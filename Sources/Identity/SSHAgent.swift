import Basics
import Foundation
package import ModelBundles

/// A running SSH agent, which keeps private keys and signs with them (draft-miller-ssh-agent, sections 3.5 and 3.6).
/// The keys may lie in a file, in another machine's agent or in a security key; they never come here.
package struct SSHAgent: Sendable {
    private let path: String
    private enum Message {
        static let identitiesRequest: UInt8 = 11, identities: UInt8 = 12, signRequest: UInt8 = 13, signature: UInt8 = 14
    }
    /// OpenSSH's own bound.
    private static let mostBytes = 256 * 1024

    /// - Throws: ``Failure`` with code `ssh.no-agent`.
    package init(environment: [String: String]) throws {
        guard let socket = environment["SSH_AUTH_SOCK"], !socket.isEmpty else {
            throw Failure(
                "ssh.no-agent", "found no SSH agent: SSH_AUTH_SOCK is not set",
                hint: "start one and give it your key: eval \"$(ssh-agent)\" && ssh-add")
        }
        path = socket
    }

    /// The public keys that it has, as SSH writes them.
    package func keys() throws -> [[UInt8]] {
        var answer = SSHWire(try ask([Message.identitiesRequest], expecting: Message.identities))
        guard let count = answer.readNumber(), count <= 4096 else { throw unreadable }
        return try (0..<count).map { _ in
            guard let key = answer.read(), answer.read() != nil else { throw unreadable }
            return key
        }
    }

    /// A signature as SSH writes it. The agent may ask its owner, or wait for a touch.
    ///
    /// - Throws: ``Failure`` with code `ssh.refused` where the agent does not have the key or does not sign.
    package func signature(of bytes: [UInt8], with key: [UInt8]) throws -> [UInt8] {
        var request = SSHWire([Message.signRequest])
        request.write(key)
        request.write(bytes)
        request.writeNumber(0)
        var answer = SSHWire(try ask(request.bytes, expecting: Message.signature))
        guard let signature = answer.read(), answer.isAtEnd else { throw unreadable }
        return signature
    }

    private var unreadable: Failure { Failure("ssh.agent", "found an answer of the SSH agent that cannot be read") }

    /// Sends one message and returns the answer's body.
    private func ask(_ message: [UInt8], expecting kind: UInt8) throws -> [UInt8] {
        let descriptor = try connected()
        defer { close(descriptor) }
        var framed = SSHWire()
        framed.write(message)
        try pass(framed.bytes, descriptor)
        var head = SSHWire(try receive(4, descriptor))
        guard let count = head.readNumber().map(Int.init), count >= 1, count <= SSHAgent.mostBytes else {
            throw unreadable
        }
        let body = try receive(count, descriptor)
        guard body[0] == kind else {
            throw Failure(
                "ssh.refused", "found that the SSH agent does not do it (answer \(body[0]))",
                hint: "see its keys with: ssh-add -l")
        }
        return Array(body.dropFirst())
    }

    private func connected() throws -> Int32 {
        var address = sockaddr_un()
        let bytes = Array(path.utf8), room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { throw FileError("connect to", path, number: ENAMETOOLONG) }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw FileError("connect to", path) }
        let status = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else {
            let number = errno
            close(descriptor)
            throw Failure(
                "ssh.no-agent", "found no SSH agent at '\(path)': \(String(cString: strerror(number)))",
                hint: "start one and give it your key: eval \"$(ssh-agent)\" && ssh-add")
        }
        return descriptor
    }

    private func pass(_ bytes: [UInt8], _ descriptor: Int32) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write to", path)
            }
            done += count
        }
    }

    private func receive(_ count: Int, _ descriptor: Int32) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count), done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress.map { $0 + done }, count - done) }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                throw Failure("ssh.agent", "found that the SSH agent at '\(path)' hung up")
            }
            done += got
        }
        return bytes
    }
}

/// Signs with a key that an SSH agent keeps.
package struct SSHAgentSigner: Signer {
    /// Of the key in the agent.
    package let publicKey: PublicKey
    private let agent: SSHAgent

    /// As the project calls the key.
    package var name: String { publicKey.name }

    /// - Parameter key: an SSH key; the agent must have its private half.
    /// - Throws: ``Failure`` with code `ssh.no-key`, and what the agent throws.
    package init(_ key: PublicKey, agent: SSHAgent) throws {
        guard key.sshKind != nil, try agent.keys().contains(key.sshBlob) else {
            throw Failure(
                "ssh.no-key", "found that the SSH agent does not have the key of '\(key.name)' (\(key.id))",
                hint: "give it the key: ssh-add ~/.ssh/id_ed25519")
        }
        (publicKey, self.agent) = (key, agent)
    }

    /// An ``SSHSignature``, verified at once.
    package func sign(payloadType: String, payload: [UInt8]) throws -> [UInt8] {
        let text = DSSE.preAuthenticationEncoding(type: payloadType, payload: payload), blob = publicKey.sshBlob
        let signature = try agent.signature(of: SSHSignature.signedBytes(text), with: blob)
        let signed = SSHSignature(publicKey: blob, signature: signature).bytes
        // What would not count later is refused now, while the person is there.
        guard publicKey.verifies(signature: signed, payloadType: payloadType, payload: payload) else {
            throw Failure("ssh.agent", "found a signature of the SSH agent that does not fit the key of '\(name)'")
        }
        return signed
    }
}
