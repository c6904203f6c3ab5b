package import Basics
import Features
import Foundation
import NeuralNetworks
import Tensors
package import Trading

/// A signed, self-contained model version: what promotion makes and the runtime accepts.
///
/// One safetensors file. Its tensors are the weights and a golden pair; its metadata holds texts:
///
///     format      hftml-bundle
///     version     2
///     manifest    JSON: identity, model spec, strategy, canary, lineage, digest of the weights, and shape + SHA-256 of
///                 every tensor
///     envelope    JSON: DSSE signature over the manifest's bytes
///     deployment  signed order that puts exactly this manifest in force in one environment
///     verdict     signed verdict of the gate about exactly these weights
///
/// Valid means: a trusted key signed exactly these manifest bytes; the tensors present are those listed, no more and no
/// less, with the listed digests; together with the spec they are the model file that the manifest names; the network
/// reproduces the golden output; and the file is written to the byte as hftml writes it. So no bit of the file is
/// outside the reach of a signature. Whether order and verdict count is a question for the environment.
///
/// Version 1 had neither deployment nor verdict, and rule and limits in the place of the strategy. It is still read.
package struct ModelBundle: Sendable {
    /// The type that the signature covers.
    package static let payloadType = "application/vnd.hftml.bundle+json"
    static let goldenInput = "golden.input", goldenOutput = "golden.output"

    /// What makes this bundle this one.
    package struct Identity: Sendable, Equatable {
        /// The model's name in the registry.
        package var name: String
        /// Its version there.
        package var version: Int
        /// When the bundle was built, UTC.
        package var createdAt: Nanoseconds
        /// The hftml that built it.
        package var toolVersion: String
        /// Digest of the lineage graph at the time of promotion.
        package var lineage: String
        /// Digest of the gate decision.
        package var gateDecision: String

        /// The identity of a bundle.
        package init(
            name: String, version: Int, createdAt: Nanoseconds, toolVersion: String, lineage: String,
            gateDecision: String
        ) {
            self.name = name
            self.version = version
            self.createdAt = createdAt
            self.toolVersion = toolVersion
            self.lineage = lineage
            self.gateDecision = gateDecision
        }
    }

    /// The instruments that a bundle is tried on before all of them.
    package struct Canary: Sendable, Equatable {
        /// All instruments that the share is taken of.
        package var universe: [String]
        /// Those that trade.
        package var instruments: [String]

        /// Instruments as given.
        package init(universe: [String], instruments: [String]) {
            (self.universe, self.instruments) = (universe, instruments)
        }

        /// Why it does not fit a strategy's limits; nil where it does.
        func objection(limits: RiskLimits) -> String? {
            let all = Set(universe)
            guard !instruments.isEmpty, all.count == universe.count, Set(instruments).count == instruments.count,
                all.isSuperset(of: instruments),
                limits.instruments.isEmpty || Set(limits.instruments).isSuperset(of: all)
            else { return "the canary's instruments are not among those of the strategy" }
            return nil
        }
    }

    /// What a bundle of version 2 binds together.
    package struct Terms: Sendable {
        /// SHA-256 of the manifest's bytes; the same for every bundle of one promotion and its rollbacks.
        package var manifestDigest: String
        /// SHA-256 of the model's file, computed from the tensors and the spec that are in the bundle.
        package var weightsDigest: String
        /// What the gate judged.
        package var strategy: BundleStrategy
        /// SHA-256 of the strategy's limits, for all instruments, in canonical JSON.
        package var limitsDigest: String
        /// Nil where all instruments trade.
        package var canary: Canary?
        /// The signed order, not yet verified.
        package var deployment: Envelope
        /// The signed verdict, not yet verified.
        package var verdict: Envelope
    }

    /// Which bundle it is.
    package var identity: Identity
    /// Spec and weights.
    package var model: ModelFile
    /// How predictions become positions.
    package var rule: PositionRule
    /// Risk limits that travel with it, and only the instruments that trade.
    package var limits: RiskLimits
    /// One window and what the model makes of it; checked when it is opened.
    package var golden: (input: [Float], output: Float)
    /// The key that signed the manifest.
    package var key: PublicKey
    /// SHA-256 of the whole file.
    package var digest: String
    /// What it binds together; nil for a bundle of version 1.
    package var terms: Terms?

    /// Name and id of the key that signed the manifest.
    package var signer: (name: String, keyID: String) { (key.name, key.id) }

    /// Why a bundle was refused.
    package struct Refusal: UserFacingError, Equatable {
        /// Why a bundle was refused.
        package enum Reason: String, Sendable {
            case format, signature, untrustedKey = "untrusted-key", digest, golden
        }

        /// What was wrong.
        package let reason: Reason
        /// Where, and what was found.
        package let detail: String

        /// A refusal as given.
        package init(reason: Reason, detail: String) { (self.reason, self.detail) = (reason, detail) }

        package var code: String {
            switch reason {
            case .format: "bundle.format"
            case .signature: "bundle.signature"
            case .untrustedKey: "bundle.untrusted-key"
            case .digest: "bundle.digest"
            case .golden: "bundle.golden"
            }
        }
        package var message: String { "the bundle was refused: \(detail)" }
        package var hint: String? {
            switch reason {
            case .untrustedKey: "give the signer the role promoter in environment.yaml: hftml environments sign NAME"
            case .format, .signature, .digest: "the file was damaged or altered; promote the version again"
            case .golden: "this machine computes other values than the one that signed; do not trade with it"
            }
        }
    }
}
