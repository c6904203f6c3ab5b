# Makes tokens.json: python -m pip install pyjwt cryptography; python tokens.py. Every call makes new keys.
import base64,json,hmac,hashlib
from cryptography.hazmat.primitives.asymmetric import rsa,ec
from cryptography.hazmat.primitives import serialization as s,hashes
from cryptography.hazmat.primitives.asymmetric import padding
import jwt
key=rsa.generate_private_key(65537,2048)
n=key.public_key().public_numbers()
u=lambda x:base64.urlsafe_b64encode(x).rstrip(b'=').decode()
jwk={"kty":"RSA","kid":"one","use":"sig","alg":"RS256","n":u(n.n.to_bytes(256,'big')),"e":u(n.e.to_bytes(3,'big'))}
e2=ec.generate_private_key(ec.SECP256R1()); m=e2.public_key().public_numbers()
jwk2={"kty":"EC","kid":"two","crv":"P-256","x":u(m.x.to_bytes(32,'big')),"y":u(m.y.to_bytes(32,'big'))}
claims={"iss":"https://gitlab.example.com","aud":"hftml","sub":"project_path:quant/bars:ref_type:branch:ref:main","iat":1800000000,"nbf":1799999995,"exp":1800003600,"project_path":"quant/bars","ref":"main","user_login":"ann"}
out={"issuer":{"schemaVersion":1,"issuer":"https://gitlab.example.com","audience":"hftml","claims":{"project_path":"quant/bars"},"keys":[jwk,jwk2,{"kty":"OKP","crv":"Ed25519","x":"AA"}]},
"rs256":jwt.encode(claims,key,algorithm="RS256",headers={"kid":"one"}),"es256":jwt.encode({**claims,"aud":["other","hftml"]},e2,algorithm="ES256",headers={"kid":"two"})}
pem=key.public_key().public_bytes(s.Encoding.PEM,s.PublicFormat.SubjectPublicKeyInfo)
h=u(json.dumps({"alg":"HS256","typ":"JWT","kid":"one"}).encode())+'.'+u(json.dumps(claims).encode())
out["hs256"]=h+'.'+u(hmac.new(pem,h.encode(),hashlib.sha256).digest())
out["none"]=u(b'{"alg":"none"}')+'.'+u(json.dumps(claims).encode())+'.'
def rs(c,hd={}): return jwt.encode({**claims,**c},key,algorithm="RS256",headers={"kid":"one",**hd})
out["otherAudience"]=rs({"aud":"vault"}); out["otherIssuer"]=rs({"iss":"https://evil.example.com"})
out["noEnd"]=jwt.encode({k:v for k,v in claims.items() if k!="exp"},key,algorithm="RS256",headers={"kid":"one"})
out["critical"]=rs({},{"crit":["x"],"x":1}); out["early"]=rs({"nbf":1800001000})
k3=rsa.generate_private_key(65537,2048); out["otherKey"]=jwt.encode(claims,k3,algorithm="RS256",headers={"kid":"one"})
out["es256AsRS256"]=jwt.encode(claims,e2,algorithm="ES256",headers={"kid":"one"})
# Signed as they should not be: a library would not make them.
def odd(c,hd={}):
 t=u(json.dumps({"alg":"RS256","typ":"JWT","kid":"one",**hd}).encode())+'.'+u(json.dumps({**claims,**c}).encode())
 return t+'.'+u(key.sign(t.encode(),padding.PKCS1v15(),hashes.SHA256()))
out["kidNumber"]=odd({},{"kid":1}); out["iatText"]=odd({"iat":"1900000000"}); out["nbfList"]=odd({"nbf":[1900000000]})
out["expText"]=odd({"exp":"1800003600"}); out["expTrue"]=odd({"exp":True})
out["otherProject"]=odd({"project_path":"evil/bars"}); out["projectNumber"]=odd({"project_path":1})
out["bracketRef"]=odd({"ref":"main (boss)","user_login":""}); out["bracketUser"]=odd({"user_login":"ann) (boss"})
open('tokens.json','w').write(json.dumps(out,indent=1)+"\n")
