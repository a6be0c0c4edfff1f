// Uploads: a file may be dropped anywhere on the page; what was sent from this browser is remembered by it alone.
const KEY = "starsieve-uploads";
const MOST = 12;

const remembered = () => {
  try {
    return JSON.parse(window.localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
};

const remember = (list) => {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(list.slice(0, MOST)));
  } catch {
    // A browser may forbid it; then nothing is remembered.
  }
};

function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Say what was chosen, and refuse what is too large before it is sent. */
function tell(input) {
  const file = input.files[0];
  if (!file) return;
  const fits = file.size <= Number(input.dataset.most);
  document.getElementById("chosen").textContent = `${file.name}, ${size(file.size)}`;
  input.setCustomValidity(fits ? "" : `The file has ${size(file.size)}; ${size(Number(input.dataset.most))} are taken.`);
  input.reportValidity();
}

function receive(form) {
  const input = document.getElementById("file");
  const zone = document.getElementById("dropzone");
  input.addEventListener("change", () => tell(input));
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    tell(input);
    if (form.checkValidity()) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    form.querySelector("button").textContent = "Sending …";
  });
}

/** Show what was sent before, as far as it is still there. */
async function recall() {
  const list = document.getElementById("recent-list");
  const there = [];
  for (const each of remembered()) {
    const answer = await fetch(`/uploads/${each.id}.json`, { headers: { accept: "application/json" } });
    if (answer.ok) there.push(each);
  }
  remember(there);
  for (const each of there) {
    const link = document.createElement("a");
    link.href = `/uploads/${each.id}`;
    link.textContent = each.title;
    const card = document.createElement("li");
    card.className = "card";
    card.append(link);
    list.append(card);
  }
  document.getElementById("recent").hidden = !there.length;
}

const form = document.getElementById("upload");
if (form) receive(form);
if (document.getElementById("recent")) recall();
const shown = document.getElementById("this-upload")?.dataset;
if (shown) {
  const others = () => remembered().filter((each) => each.id !== shown.upload);
  remember([{ id: shown.upload, title: shown.title }, ...others()]);
  document.querySelector("form[action$='/delete']")?.addEventListener("submit", () => remember(others()));
}
