import Basics
import Promotion
import Testing

/// The tree of RFC 6962, against values that another program computed, and every proof against its root.
@Suite struct MerkleTreeTests {
    private static func hashes(_ count: Int) -> [String] { (0..<count).map { Digest.sha256("entry \($0)") } }

    /// From Python's hashlib, by the definition of RFC 6962, section 2.1.
    private static let known = [
        1:
            "4e80dad45a3d3433d915cdaa8cce19000d754481cd4029ee4bc3fe1b52761087",
        2:
            "0cdc5e54ca58a1acf1b1345d4a06ff917c7bbf147b190a073583e3a8a4a2d00e",
        3:
            "3c83a07c520af225bce7767462da9a11f35d9430a94d631681cac6392963a4a8",
        7:
            "a46ba227309ecd540496655979c3d06fd62487c827baa104ec0eeebd0d6586f8",
        8:
            "903c143004d09f0fb9a1ec895fa8979cdeefdb501a937f92fb4bbe746954972b",
        100:
            "465f75cf3bb227ff5bd54e14bb1c92ad057375473480bd04d988d6921a3e324f",
    ]

    @Test("roots are those of the definition, computed whole or for many sizes at once", arguments: known.keys.sorted())
    func roots(_ size: Int) {
        #expect(MerkleTree.root(Self.hashes(size)) == Self.known[size])
        #expect(MerkleTree.roots(Self.hashes(120), sizes: [size, 121])[size] == Self.known[size])
        #expect(MerkleTree.roots(Self.hashes(120), sizes: [121]).isEmpty)
    }

    @Test("every entry of every tree up to 40 is proven, and nothing else is")
    func proofs() throws {
        for size in 1...40 {
            let hashes = Self.hashes(size), root = try #require(MerkleTree.root(hashes))
            #expect(MerkleTree.roots(hashes, sizes: [size])[size] == root)
            for index in 0..<size {
                let path = try #require(MerkleTree.path(to: index, in: hashes))
                func holds(
                    _ hash: String = hashes[index], index: Int = index, size: Int = size, path: [String] = path
                ) -> Bool {
                    MerkleTree.verifies(hash, index: index, size: size, path: path, root: root)
                }
                #expect(holds())
                #expect(!holds(Digest.sha256("other")))
                #expect(!holds(path: path + [root]))
                #expect(path.isEmpty || !holds(path: Array(path.dropLast())))
                #expect(!holds(index: size) && !holds(index: -1))
                for other in path.indices {
                    var forged = path
                    forged[other] = Digest.sha256("forged")
                    #expect(!holds(path: forged))
                }
            }
        }
        #expect(MerkleTree.root([]) == nil && MerkleTree.root(["no hash"]) == nil)
        #expect(MerkleTree.path(to: 3, in: Self.hashes(3)) == nil)
    }
}
