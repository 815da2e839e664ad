/** Certificates for tests, made by `openssl`. */

/** An authority's certificate, or one that it signed, with its key: paths of PEM files. */
export interface Certificate {
  cert: string;
  key: string;
}

/** An authority that signs nothing but itself. */
export function makeAuthority(folder: string, name: string): Promise<Certificate> {
  return make(folder, name, []);
}

/** A certificate for `names`, such as `DNS:localhost,IP:127.0.0.1`. */
export function signedBy(
  authority: Certificate,
  folder: string,
  { name, names }: { name: string; names: string },
): Promise<Certificate> {
  return make(folder, name, [
    ...["-CA", authority.cert, "-CAkey", authority.key],
    ...["-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-addext", "extendedKeyUsage=serverAuth,clientAuth"],
  ]);
}

async function make(folder: string, name: string, more: string[]): Promise<Certificate> {
  const made = { cert: `${folder}/${name}.pem`, key: `${folder}/${name}.key` };
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-days", "2", "-subj", `/CN=${name}`, "-keyout", made.key, "-out", made.cert],
      ...more,
    ],
    stdin: "null",
    signal: AbortSignal.timeout(20_000),
  }).output();
  if (!success) throw new Error(`Cannot make a certificate: ${new TextDecoder().decode(stderr)}`);
  return made;
}
