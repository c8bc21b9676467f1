// Shows the OpenAPI document with Swagger UI; its own page script would be inline.
(function () {
  "use strict";
  const place = document.getElementById("api-docs");
  const root = document.documentElement;
  const follow = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
  follow();
  document.addEventListener("gitinsight:theme", follow);
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.document,
    deepLinking: true,
    docExpansion: "none",
    validatorUrl: null,
    tryItOutEnabled: false,
    requestInterceptor(request) {
      const token = document.querySelector('meta[name="csrf-token"]');
      if (token && new URL(request.url, location).origin === location.origin) request.headers["X-CSRFToken"] = token.content;
      return request;
    },
  });
})();
