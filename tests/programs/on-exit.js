Module["onExit"] = function (code) {
  console.log("onExit " + code);
};
