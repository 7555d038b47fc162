export interface SendBody {
  method: 'PUT';
  headers: Record<string, string>;
  body: Blob;
  /** 0 to 1 over what has left this browser. */
  progress: (fraction: number) => void;
  /** Milliseconds. */
  timeout: number;
  fetch: typeof fetch;
}

/** `fetch` for a body that takes a while: browsers tell how far it is only through XMLHttpRequest. */
export async function sendBody(url: string, options: SendBody): Promise<Response> {
  const { method, headers, body, progress, timeout } = options;
  progress(0);
  if (typeof XMLHttpRequest === 'undefined') {
    const signal = AbortSignal.timeout(timeout);
    const response = await options.fetch(url, { method, headers, body, signal, credentials: 'omit' });
    progress(1);
    return response;
  }
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.timeout = timeout;
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      if (total > 0) progress(loaded / total);
    });
    request.addEventListener('load', () =>
      resolve(new Response(request.status === 204 ? null : request.responseText, { status: request.status })),
    );
    request.addEventListener('error', () => reject(new Error('the connection broke')));
    request.addEventListener('timeout', () => reject(new Error('it took too long')));
    request.send(body);
  });
}
